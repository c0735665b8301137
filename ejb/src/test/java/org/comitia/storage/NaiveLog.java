package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;

/** What a log store should do, in lists: the model that stores are compared with. */
final class NaiveLog {
  private LogBase base = LogBase.NONE;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, byte[]> records = new TreeMap<>();
  private HardState hardState = HardState.INITIAL;

  /** What planned persists leave, so that the next one fits behind them. */
  private LogBase plannedBase = LogBase.NONE;

  private final List<Entry> planned = new ArrayList<>();

  Persist randomPersist(long sequence, Random random) {
    HardState state = null;
    if (random.nextInt(4) == 0) {
      ServerId vote = new ServerId(new UUID(0, random.nextLong()), new UUID(1, 2));
      state = new HardState(random.nextInt(100), random.nextBoolean() ? vote : null);
    }
    long truncateFrom = 0;
    LogBase begins = null;
    if (random.nextInt(30) == 0) {
      // A snapshot was installed.
      truncateFrom = plannedBase.index() + 1;
      begins = base(lastPlanned() + random.nextInt(10), lastTerm() + random.nextInt(2), random);
    } else {
      if (random.nextInt(3) == 0 && !planned.isEmpty()) {
        truncateFrom = Math.max(plannedBase.index() + 1, lastPlanned() - random.nextInt(12));
        planned.removeIf(behind(truncateFrom - 1));
      }
      if (random.nextInt(8) == 0 && !planned.isEmpty()) {
        Entry at = planned.get(random.nextInt(planned.size()));
        begins = base(at.index(), at.term(), random);
      }
    }
    if (begins != null) {
      planned.removeIf(behind(begins.index()).negate());
      plannedBase = begins;
    }
    List<Entry> appended = new ArrayList<>();
    for (int i = random.nextInt(9); i > 0; i--) {
      Entry entry = randomEntry(random);
      appended.add(entry);
      planned.add(entry);
    }
    return new Persist(sequence, state, truncateFrom, begins, appended);
  }

  private static Predicate<Entry> behind(long index) {
    return entry -> entry.index() > index;
  }

  private static LogBase base(long index, long term, Random random) {
    List<Server> servers = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      ServerId id = new ServerId(new UUID(i, random.nextLong()), new UUID(3, 4));
      servers.add(new Server(id, "n" + i, "10.0.0." + i + ":8300", random.nextBoolean()));
    }
    long configurationIndex = servers.isEmpty() ? 0 : index - random.nextInt((int) index + 1);
    return new LogBase(index, term, new Configuration(servers), configurationIndex);
  }

  private long lastPlanned() {
    return plannedBase.index() + planned.size();
  }

  private long lastTerm() {
    return planned.isEmpty()
        ? Math.max(1, plannedBase.term())
        : planned.get(planned.size() - 1).term();
  }

  private Entry randomEntry(Random random) {
    byte[] data = new byte[random.nextInt(200)];
    random.nextBytes(data);
    return new Entry(
        lastPlanned() + 1,
        lastTerm() + random.nextInt(8) / 7,
        Entry.Kind.of(random.nextInt(3)),
        data);
  }

  void apply(List<Persist> persists, Map<String, byte[]> set) {
    for (Persist persist : persists) {
      if (persist.hardState() != null) {
        hardState = persist.hardState();
      }
      if (persist.truncateFrom() > 0) {
        entries.removeIf(behind(persist.truncateFrom() - 1));
      }
      if (persist.base() != null) {
        base = persist.base();
        entries.removeIf(behind(base.index()).negate());
      }
      entries.addAll(persist.entries());
    }
    set.forEach(
        (name, value) -> {
          if (value.length == 0) {
            records.remove(name);
          } else {
            records.put(name, value);
          }
        });
  }

  void check(LogStore store, Random random) throws StoreException {
    long lastIndex = base.index() + entries.size();
    long applied = random.nextInt((int) lastIndex + 1);
    StoredLog log = store.load(applied, Long.MAX_VALUE);
    assertThat(log.hardState()).isEqualTo(hardState);
    assertThat(log.base()).isEqualTo(base);
    assertThat(log.lastIndex()).isEqualTo(lastIndex);
    assertThat(log.termRuns()).isEqualTo(termRuns());
    assertThat(log.configurations())
        .isEqualTo(entries.stream().filter(e -> e.kind() == Entry.Kind.CONFIGURATION).toList());
    assertThat(log.tail()).isEqualTo(entries.stream().filter(behind(applied)).toList());
    assertThat(store.records()).containsExactlyInAnyOrderEntriesOf(records);
    checkRead(store, 1 + random.nextInt((int) lastIndex + 1), random.nextInt(2000));
  }

  private void checkRead(LogStore store, long from, int maxBytes) throws StoreException {
    List<Entry> expected = new ArrayList<>();
    long bytes = 0;
    for (Entry entry : from > base.index() ? entries : List.<Entry>of()) {
      if (entry.index() >= from && (bytes < maxBytes || expected.isEmpty())) {
        expected.add(entry);
        bytes += entry.size();
      }
    }
    assertThat(store.read(from, maxBytes)).isEqualTo(expected);
  }

  private List<TermRun> termRuns() {
    List<TermRun> runs = new ArrayList<>();
    for (Entry entry : entries) {
      if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
        runs.add(new TermRun(entry.index(), entry.term()));
      }
    }
    return runs;
  }
}
