package org.comitia.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.ServerId;
import org.comitia.state.BrokenStates;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.StateDigest;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;

/** All that was ever written, led and committed in one cluster. */
final class Ledger {
  private static final class Seen {
    final Entry entry;
    final long previousTerm;
    long holders;

    Seen(Entry entry, long previousTerm) {
      this.entry = entry;
      this.previousTerm = previousTerm;
    }
  }

  private final Map<Long, ServerId> leaders = new HashMap<>();
  private final Map<Long, Seen> entries = new HashMap<>();
  private final Set<ServerId> named = new HashSet<>();
  private final List<Entry> committed = new ArrayList<>();
  private final List<Long> commitTerms = new ArrayList<>();
  private final StateMachine truth;
  private CommandResult lastResult;
  private final List<StateVersion> versions = new ArrayList<>();
  private final Map<Integer, String> digests = new HashMap<>();

  /** The entries that compare states, by those behind which they do. */
  private final Map<Long, Long> compared = new HashMap<>();

  Ledger(boolean keepsIndexes) {
    truth =
        keepsIndexes
            ? BrokenStates.keepingIndexes(StateVersion.EMPTY)
            : new StateMachine(StateVersion.EMPTY);
  }

  private static long key(Entry entry) {
    return entry.term() << 32 | entry.index();
  }

  /**
   * Log matching by induction: an (index, term) names one entry and one term before it, so two logs
   * that agree in one entry agree in all before.
   */
  void seen(Entry entry, long previousTerm, String who) {
    Seen seen = entries.get(key(entry));
    if (seen == null) {
      entries.put(key(entry), new Seen(entry, previousTerm));
      if (entry.kind() == Entry.Kind.CONFIGURATION) {
        ConfigurationCodec.decode(entry.data()).servers().forEach(s -> named.add(s.id()));
      }
    } else if (seen.previousTerm != previousTerm || !seen.entry.equals(entry)) {
      throw new Violation(
          "logs match",
          who
              + " writes "
              + entry
              + " after term "
              + previousTerm
              + ", known is "
              + seen.entry
              + " after term "
              + seen.previousTerm);
    }
  }

  void durable(Entry entry, long bit) {
    Seen seen = entries.get(key(entry));
    if (seen != null) {
      seen.holders |= bit;
    }
  }

  /** Whether some leader's configuration ever had exactly this server in it. */
  boolean named(ServerId id) {
    return named.contains(id);
  }

  /** The servers that have ever had this entry on their disks. */
  long holders(Entry entry) {
    Seen seen = entries.get(key(entry));
    return seen == null ? 0 : seen.holders;
  }

  void leads(SimulatedNode node, long term) {
    ServerId before = leaders.putIfAbsent(term, node.id());
    Invariants.require(
        before == null || before.equals(node.id()),
        "one leader a term",
        () -> node.id() + " leads term " + term + " as does " + before);
    complete(node, term);
  }

  /** What was committed in an earlier term is in the logs of all later leaders. */
  void complete(SimulatedNode leader, long term) {
    int last = committed.size();
    while (last > 0 && commitTerms.get(last - 1) >= term) {
      last--;
    }
    if (last == 0) {
      return;
    }
    Entry expected = committed.get(last - 1);
    long committedIn = commitTerms.get(last - 1);
    DiskLog log = leader.disk.written;
    Invariants.require(
        log.agrees(last, expected.term()),
        "a leader has all that was committed before",
        () ->
            leader.name
                + " leads term "
                + term
                + " without "
                + expected
                + ", committed in term "
                + committedIn);
  }

  long committed() {
    return committed.size();
  }

  /** Bytes of the committed entries up to this one. */
  long bytesUpTo(long index) {
    long bytes = 0;
    for (Entry entry : committed.subList(0, (int) Math.min(index, committed.size()))) {
      bytes += entry.size();
    }
    return bytes;
  }

  Entry committedAt(long index) {
    return committed.get((int) index - 1);
  }

  boolean isCommitted(Entry entry) {
    return entry.index() <= committed.size()
        && committed.get((int) entry.index() - 1).equals(entry);
  }

  /**
   * @return what it says; null when it is no command
   */
  Command commit(Entry entry, long term) {
    committed.add(entry);
    commitTerms.add(term);
    Command command = apply(entry);
    if (command instanceof Command.CompareDigest compare && compare.index() > 0) {
      Invariants.require(
          compare.digest() == digest(compare.index()),
          "what states are compared with is right",
          () -> "at " + entry.index() + " " + compare + ", right is " + digest(compare.index()));
      compared.put(compare.index(), entry.index());
    }
    versions.add(truth.version());
    return command;
  }

  /** Whether the newest command did what it says. */
  boolean lastIsDone() {
    return new CommandResult.Done(true).equals(lastResult);
  }

  /** The state's digest behind a committed entry. */
  long digest(long index) {
    return index == 0 ? 0 : versions.get((int) index - 1).digest();
  }

  /** The entry that says what the state was behind this one; 0 for none. */
  long comparedAt(long index) {
    return compared.getOrDefault(index, 0L);
  }

  /** The state as of the newest committed entry. */
  StateVersion truth() {
    return truth.version();
  }

  /** Whether the newest committed configuration is without this server. */
  boolean removed(ServerId id) {
    Entry newest = newestConfiguration();
    return newest != null && !ConfigurationCodec.decode(newest.data()).contains(id);
  }

  /** The index of the newest committed configuration; 0 when there is none. */
  long configurationIndex() {
    Entry newest = newestConfiguration();
    return newest == null ? 0 : newest.index();
  }

  private Entry newestConfiguration() {
    for (int i = committed.size() - 1; i >= 0; i--) {
      if (committed.get(i).kind() == Entry.Kind.CONFIGURATION) {
        return committed.get(i);
      }
    }
    return null;
  }

  /** State machine safety: nobody ever has another entry at a committed index. */
  void same(Entry entry, String who) {
    Entry known = committed.get((int) entry.index() - 1);
    Invariants.require(
        known.equals(entry),
        "state machines apply the same entries",
        () -> who + " has " + entry + ", committed is " + known);
  }

  private Command apply(Entry entry) {
    if (entry.kind() != Entry.Kind.COMMAND) {
      truth.skip(entry.index());
      return null;
    }
    try {
      Command command = Commands.decode(entry.data());
      lastResult = truth.apply(entry.index(), command);
      return command;
    } catch (Exception e) {
      throw new Violation("what is proposed can be applied", entry + ": " + e);
    }
  }

  /** State from tables and replay equals state from full replay. */
  void digest(StateVersion state, String who) {
    int index = (int) state.appliedIndex();
    if (index > 0 && index <= versions.size()) {
      Invariants.require(
          digests
              .computeIfAbsent(index, i -> StateDigest.of(versions.get(i - 1)))
              .equals(StateDigest.of(state)),
          "state is a function of the log",
          () -> who + " at index " + index + " differs from full replay");
    }
  }
}
