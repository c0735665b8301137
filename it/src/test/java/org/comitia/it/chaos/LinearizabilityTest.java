package org.comitia.it.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.comitia.it.chaos.Linearizability.Verdict;
import org.comitia.it.chaos.Operation.Kind;
import org.comitia.it.chaos.Operation.Outcome;
import org.junit.jupiter.api.Test;

/** Histories made by hand, and random ones that are right or were spoilt, are judged rightly. */
class LinearizabilityTest {
  private static Operation keys(
      Map<String, String> expected,
      Map<String, String> seen,
      Map<String, String> written,
      Outcome outcome,
      long invoked,
      long responded) {
    return new Operation("o", Kind.KEYS, "c", expected, seen, written, outcome, invoked, responded);
  }

  private static Operation write(String value, long invoked, long responded) {
    Outcome outcome = responded == Operation.NEVER ? Outcome.UNKNOWN : Outcome.DONE;
    return keys(Map.of(), Map.of(), Map.of("k", value), outcome, invoked, responded);
  }

  private static Operation lost(String value, long invoked) {
    return write(value, invoked, Operation.NEVER);
  }

  private static Operation read(String value, long invoked, long responded) {
    return keys(Map.of(), Map.of("k", value), Map.of(), Outcome.DONE, invoked, responded);
  }

  private static Operation cas(
      String from, String to, Outcome outcome, long invoked, long responded) {
    return keys(Map.of("k", from), Map.of(), Map.of("k", to), outcome, invoked, responded);
  }

  private static Operation lock(
      Kind kind, String session, Outcome outcome, long invoked, long responded) {
    Map<String, String> who = Map.of(LockModel.SESSION, session);
    return new Operation("l", kind, "c", Map.of(), Map.of(), who, outcome, invoked, responded);
  }

  private static Operation holder(String session, int index, long invoked, long responded) {
    Map<String, String> seen = Map.of(LockModel.SESSION, session, LockModel.INDEX, "" + index);
    return new Operation(
        "l", Kind.HOLDER, "c", Map.of(), seen, Map.of(), Outcome.DONE, invoked, responded);
  }

  private static Operation expiry(String session, long earliest) {
    return lock(Kind.EXPIRY, session, Outcome.UNKNOWN, earliest, Operation.NEVER);
  }

  private static void good(Operation... operations) {
    assertThat(verdict(operations)).isEqualTo(Verdict.LINEARIZABLE);
  }

  private static void bad(Operation... operations) {
    assertThat(verdict(operations)).isEqualTo(Verdict.VIOLATED);
  }

  private static Verdict verdict(Operation... operations) {
    List<Operation> shuffled = new ArrayList<>(List.of(operations));
    Collections.shuffle(shuffled, new Random(7));
    Model<?> model = operations[0].kind() == Kind.KEYS ? new KeysModel() : new LockModel();
    return Linearizability.check(model, shuffled).verdict();
  }

  @Test
  void readsBesideAWriteMaySeeEitherValue() {
    good(write("1", 0, 1), write("2", 2, 9), read("1", 3, 4), read("2", 5, 6), read("2", 10, 11));
    good(read("", 0, 1), write("1", 2, 3));
  }

  @Test
  void aStaleReadIsFound() {
    bad(write("1", 0, 1), write("2", 2, 3), read("1", 4, 5));
    bad(write("1", 0, 1), write("2", 2, 9), read("2", 3, 4), read("1", 5, 6));
  }

  @Test
  void aLostWriteIsFound() {
    bad(write("1", 0, 1), read("", 2, 3));
  }

  @Test
  void aValueThatNobodyWroteIsFound() {
    bad(write("1", 0, 1), read("2", 2, 3));
  }

  @Test
  void aWriteOfUnknownOutcomeMayComeLateOrNever() {
    good(lost("1", 0), read("", 1, 2), read("1", 3, 4));
    good(lost("1", 0), read("", 1, 2));
    bad(lost("1", 5), read("1", 1, 2));
    bad(lost("1", 0), write("2", 1, 2), read("1", 3, 4), read("2", 5, 6));
  }

  @Test
  void comparisonsSucceedOnceForAValue() {
    good(
        write("1", 0, 1),
        cas("1", "2", Outcome.DONE, 2, 9),
        cas("1", "3", Outcome.DECLINED, 2, 9),
        read("2", 10, 11));
    bad(write("1", 0, 1), cas("1", "2", Outcome.DONE, 2, 9), cas("1", "3", Outcome.DONE, 2, 9));
  }

  @Test
  void aComparisonThatFailsNeedsAReason() {
    bad(write("1", 0, 1), cas("1", "2", Outcome.DECLINED, 2, 3));
  }

  @Test
  void aWriteThatNobodySawMayBeTheReason() {
    good(write("1", 0, 1), lost("2", 2), cas("1", "3", Outcome.DECLINED, 4, 5));
  }

  @Test
  void aTransactionIsNeverSeenInPart() {
    Map<String, String> none = Map.of();
    Map<String, String> first = Map.of("a", "1", "b", "1");
    Operation both = keys(none, none, first, Outcome.DONE, 0, 9);
    good(both, keys(none, first, none, Outcome.DONE, 1, 2));
    bad(both, keys(none, Map.of("a", "1", "b", ""), none, Outcome.DONE, 1, 2));
    bad(
        both,
        keys(none, Map.of("a", "1"), none, Outcome.DONE, 1, 2),
        keys(none, Map.of("b", ""), none, Outcome.DONE, 3, 4));
  }

  @Test
  void twoHoldersAreFound() {
    Operation first = lock(Kind.ACQUIRE, "s1", Outcome.DONE, 0, 1);
    bad(first, lock(Kind.ACQUIRE, "s2", Outcome.DONE, 2, 3));
    good(
        first,
        lock(Kind.ACQUIRE, "s2", Outcome.DECLINED, 2, 3),
        lock(Kind.RELEASE, "s1", Outcome.DONE, 4, 5),
        lock(Kind.ACQUIRE, "s2", Outcome.DONE, 6, 7));
  }

  @Test
  void aLockIsLostNoEarlierThanItsSessionMayEnd() {
    Operation first = lock(Kind.ACQUIRE, "s1", Outcome.DONE, 0, 1);
    good(first, expiry("s1", 4), lock(Kind.ACQUIRE, "s2", Outcome.DONE, 5, 6));
    bad(first, expiry("s1", 7), lock(Kind.ACQUIRE, "s2", Outcome.DONE, 5, 6));
  }

  @Test
  void aFreeLockIsNotDenied() {
    bad(lock(Kind.ACQUIRE, "s1", Outcome.DECLINED, 0, 1));
    bad(
        lock(Kind.ACQUIRE, "s1", Outcome.DONE, 0, 1),
        lock(Kind.RELEASE, "s1", Outcome.DECLINED, 2, 3));
  }

  @Test
  void theFencingTokenGrowsWithEachHolder() {
    Operation first = lock(Kind.ACQUIRE, "s1", Outcome.DONE, 0, 1);
    Operation release = lock(Kind.RELEASE, "s1", Outcome.DONE, 4, 5);
    Operation second = lock(Kind.ACQUIRE, "s2", Outcome.DONE, 6, 7);
    good(first, holder("s1", 1, 2, 3), release, second, holder("s2", 2, 8, 9));
    bad(first, holder("s1", 1, 2, 3), release, second, holder("s2", 1, 8, 9));
  }

  /** As when a leader is cut off from its clients: none of what they sent need have happened. */
  @Test
  void aLockThatIsHeldOnWhileRequestsGoUnansweredIsDecided() {
    List<Operation> history = new ArrayList<>();
    history.add(lock(Kind.ACQUIRE, "s0", Outcome.DONE, 0, 1));
    history.add(lock(Kind.RELEASE, "s0", Outcome.UNKNOWN, 2, Operation.NEVER));
    for (int n = 1; n <= 16; n++) {
      history.add(lock(Kind.ACQUIRE, "s" + n, Outcome.UNKNOWN, 2, Operation.NEVER));
      history.add(expiry("s" + n, 3));
    }
    for (int n = 4; n < 200; n += 4) {
      history.add(lock(Kind.ACQUIRE, "s17", Outcome.DECLINED, n, n + 1));
      history.add(holder("s0", 1, n + 2, n + 3));
    }
    good(history.toArray(Operation[]::new));
  }

  @Test
  void randomHistoriesAreJudgedRightly() {
    for (int seed = 0; seed < 60; seed++) {
      List<Operation> history = history(new Random(seed));
      assertThat(Linearizability.check(new KeysModel(), history))
          .as("seed " + seed)
          .isEqualTo(new Linearizability.Result(Verdict.LINEARIZABLE, ""));
      List<Operation> spoilt = spoilt(history);
      if (spoilt != null) {
        assertThat(Linearizability.check(new KeysModel(), spoilt).verdict())
            .as("spoilt, seed " + seed)
            .isEqualTo(Verdict.VIOLATED);
      }
    }
  }

  /** Operations that take effect one after the other, each somewhere inside its time. */
  private static List<Operation> history(Random random) {
    List<Operation> history = new ArrayList<>();
    Map<String, String> state = new HashMap<>();
    for (int n = 1; n <= 80; n++) {
      long effect = 100L * n;
      long invoked = effect - random.nextInt(250);
      long responded = effect + random.nextInt(250);
      String now = state.getOrDefault("k", "");
      switch (random.nextInt(4)) {
        case 0 -> {
          boolean unknown = random.nextInt(4) == 0;
          history.add(write("w" + n, invoked, unknown ? Operation.NEVER : responded));
          if (!unknown || random.nextBoolean()) {
            state.put("k", "w" + n);
          }
        }
        case 1 -> {
          history.add(cas(now, "c" + n, Outcome.DONE, invoked, responded));
          state.put("k", "c" + n);
        }
        case 2 -> history.add(cas("other", "d" + n, Outcome.DECLINED, invoked, responded));
        default -> history.add(read(now, invoked, responded));
      }
    }
    return history;
  }

  /**
   * A read, long after all, of a value that was overwritten by an answered write; null when there
   * is none.
   */
  private static List<Operation> spoilt(List<Operation> history) {
    List<Operation> answered =
        history.stream()
            .filter(o -> o.known() && o.outcome() == Outcome.DONE && !o.written().isEmpty())
            .toList();
    if (answered.size() < 2) {
      return null;
    }
    Operation early = answered.get(0);
    Operation last = answered.get(answered.size() - 1);
    if (early.responded() >= last.invoked()) {
      return null;
    }
    List<Operation> spoilt = new ArrayList<>(history);
    spoilt.add(read(early.written().get("k"), 1_000_000, 1_000_001));
    return spoilt;
  }
}
