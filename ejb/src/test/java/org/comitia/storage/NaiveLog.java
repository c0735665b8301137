package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;

/** What a log store should do, in lists: the model that stores are compared with. */
final class NaiveLog {
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, byte[]> records = new TreeMap<>();
  private HardState hardState = HardState.INITIAL;

  /** What planned persists leave, so that the next one fits behind them. */
  private final List<Entry> planned = new ArrayList<>();

  Persist randomPersist(long sequence, Random random) {
    HardState state = null;
    if (random.nextInt(4) == 0) {
      ServerId vote = new ServerId(new UUID(0, random.nextLong()), new UUID(1, 2));
      state = new HardState(random.nextInt(100), random.nextBoolean() ? vote : null);
    }
    long truncateFrom = 0;
    if (random.nextInt(3) == 0 && !planned.isEmpty()) {
      truncateFrom = Math.max(1, planned.size() - random.nextInt(12));
      planned.subList((int) truncateFrom - 1, planned.size()).clear();
    }
    List<Entry> appended = new ArrayList<>();
    for (int i = random.nextInt(9); i > 0; i--) {
      Entry entry = randomEntry(random);
      appended.add(entry);
      planned.add(entry);
    }
    return new Persist(sequence, state, truncateFrom, appended);
  }

  private Entry randomEntry(Random random) {
    long term = planned.isEmpty() ? 1 : planned.get(planned.size() - 1).term();
    byte[] data = new byte[random.nextInt(200)];
    random.nextBytes(data);
    return new Entry(
        planned.size() + 1, term + random.nextInt(8) / 7, Entry.Kind.of(random.nextInt(3)), data);
  }

  void apply(List<Persist> persists, Map<String, byte[]> set) {
    for (Persist persist : persists) {
      if (persist.hardState() != null) {
        hardState = persist.hardState();
      }
      if (persist.truncateFrom() > 0) {
        entries.subList((int) persist.truncateFrom() - 1, entries.size()).clear();
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
    long applied = random.nextInt(entries.size() + 1);
    StoredLog log = store.load(applied, Long.MAX_VALUE);
    assertThat(log.hardState()).isEqualTo(hardState);
    assertThat(log.lastIndex()).isEqualTo(entries.size());
    assertThat(log.termRuns()).isEqualTo(termRuns());
    assertThat(log.configurations())
        .isEqualTo(entries.stream().filter(e -> e.kind() == Entry.Kind.CONFIGURATION).toList());
    assertThat(log.tail()).isEqualTo(entries.subList((int) applied, entries.size()));
    assertThat(store.records()).containsExactlyInAnyOrderEntriesOf(records);
    checkRead(store, 1 + random.nextInt(entries.size() + 1), random.nextInt(2000));
  }

  private void checkRead(LogStore store, int from, int maxBytes) throws StoreException {
    List<Entry> expected = new ArrayList<>();
    long bytes = 0;
    for (Entry entry : entries.subList(from - 1, entries.size())) {
      if (bytes >= maxBytes && !expected.isEmpty()) {
        break;
      }
      expected.add(entry);
      bytes += entry.size();
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
