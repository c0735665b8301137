package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What is exactly at a bound is taken; one step over it is refused, beforehand and when applied.
 */
class BoundsTest {
  private static final byte[] VALUE = {1};

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private void taken(Command command) {
    assertThat(CommandRules.excess(command)).isNull();
    CommandResult result = apply(command);
    if (result instanceof CommandResult.TxnDone txn) {
      assertThat(txn.outcome().errors()).isEmpty();
    } else {
      assertThat(result).isEqualTo(new CommandResult.Done(true));
    }
  }

  private void refused(Command command, String why) {
    Tables before = machine.version().tables();
    assertThat(CommandRules.excess(command)).contains(why);
    assertThat(CommandRules.refusal(command)).isEqualTo(CommandRules.excess(command));
    assertThat(apply(command)).isEqualTo(new CommandResult.Failed(CommandRules.excess(command)));
    assertThat(machine.version().tables()).isSameAs(before);
  }

  private static Command put(String key) {
    return new Command.KvPut(key, VALUE, 0, null);
  }

  private static Command op(TxnOp.KvVerb verb, String key) {
    return new Command.Txn(List.of(new TxnOp.Kv(verb, key, VALUE, 0, 0, "")));
  }

  @Test
  void aKeyIsAsLongAsItIsStored() {
    for (String unit : List.of("k", "é", "\uDCFF", "\\", "\u0000", "€", "\uD83D\uDE00")) {
      int bytes =
          Names.isLonger(unit, 1)
              ? Names.isLonger(unit, 2) ? Names.isLonger(unit, 3) ? 4 : 3 : 2
              : 1;
      String longest = unit.repeat(2_048 / bytes) + "k".repeat(2_048 % bytes);
      taken(put(longest));
      taken(op(TxnOp.KvVerb.SET, longest));
      refused(put(longest + "k"), "2048 bytes");
      refused(op(TxnOp.KvVerb.SET, longest + "k"), "2048 bytes");
      refused(op(TxnOp.KvVerb.CAS, longest + "k"), "2048 bytes");
      refused(new Command.KvAcquire(longest + "k", VALUE, 0, "s"), "2048 bytes");
    }
  }

  @Test
  void aLongKeyOfAnOlderVersionCanBeDeleted() {
    String key = "k".repeat(2_049);
    Tables none = Tables.EMPTY;
    Tables saved =
        new Tables(
            none.nodes(),
            none.services(),
            none.checks(),
            none.kv().plus(key, new KvEntry(key, VALUE, 0, 0, null, 1, 1)),
            none.tombstones(),
            none.indexes(),
            none.sessions(),
            none.lockDelays(),
            none.preparedQueries(),
            none.coordinates(),
            none.autopilot(),
            none.access());
    StateMachine loaded = new StateMachine(new StateVersion(1, saved));
    assertThat(CommandRules.refusal(new Command.KvDelete(key, null))).isNull();
    loaded.apply(2, new Command.KvDelete(key, null));
    assertThat(loaded.version().kv()).isEmpty();
  }

  private static Command register(String node, Service service, int checks) {
    List<Check> all = new ArrayList<>();
    for (int i = 0; i < checks; i++) {
      all.add(new Check("", "c" + i, "c", "passing", "", "", "", "", List.of(), "", 0, 0));
    }
    return new Command.Register(
        new Node("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0), false, service, all);
  }

  private static Service service(String id, String name, List<String> tags) {
    return new Service("", id, name, tags, "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0);
  }

  @Test
  void namesAreAsLongAsTheBound() {
    String longest = "n".repeat(1_024);
    taken(register(longest, service(longest, longest, List.of()), 0));
    refused(register(longest + "n", null, 0), "the node's name is longer than 1024 bytes");
    refused(register("n", service(longest + "n", "s", List.of()), 0), "the service's id");
    refused(register("n", service("s", longest + "n", List.of()), 0), "the service's name");
  }

  @Test
  void aRegistrationHasAsManyChecksAndTagsAsTheBound() {
    taken(register("n1", null, 512));
    refused(register("n1", null, 513), "more than 512 checks in a registration: 513");
    List<String> tags = new ArrayList<>(Collections.nCopies(64, "t".repeat(1_024)));
    taken(register("n1", service("s", "s", tags), 0));
    tags.add("t");
    refused(register("n1", service("s", "s", tags), 0), "more than 65536 characters");
  }

  @Test
  void aSessionHangsOnAsManyChecksAsTheBound() {
    taken(register("n1", null, 129));
    List<String> checks = IntStream.range(0, 129).mapToObj(i -> "c" + i).toList();
    refused(session(checks), "more than 128 checks of a session: 129");
    taken(session(checks.subList(0, 128)));
  }

  private static Command session(List<String> checks) {
    return new Command.SessionCreate(
        new Session("s", "", "n1", 0, Session.Behavior.RELEASE, "", checks, List.of(), 0, 0));
  }

  @Test
  void coordinatesAreAsManyAndAsLargeAsTheBounds() {
    taken(register("n1", null, 0));
    taken(coordinates(1_024, 64));
    refused(coordinates(1_025, 8), "more than 1024 coordinates");
    refused(coordinates(1, 65), "more than 64 dimensions");
  }

  private static Command coordinates(int count, int dimensions) {
    Coordinate one = new Coordinate("n1", "", Collections.nCopies(dimensions, 0.5), 1, 0, 0);
    return new Command.CoordinateUpdate(Collections.nCopies(count, one));
  }

  /** One operation may read all there is, and a transaction has many. */
  @Test
  void aTransactionAnswersAsManyBytesAsTheBound() {
    int size = CommandRules.MAX_VALUE_BYTES - 64 - 2; // with its key and its row
    for (char key = 'A'; key < 'A' + 32; key++) {
      taken(new Command.KvPut("k" + key, new byte[size], 0, null));
    }
    assertThat(32L * CommandRules.MAX_VALUE_BYTES).isEqualTo(TxnRules.MAX_RESULT_BYTES);
    TxnOp tree = new TxnOp.Kv(TxnOp.KvVerb.GET_TREE, "k", VALUE, 0, 0, "");
    TxnOp put = new TxnOp.Kv(TxnOp.KvVerb.SET, "z", VALUE, 0, 0, "");
    assertThat(outcome(new TxnOp.Kv(TxnOp.KvVerb.GET_TREE, "kA", VALUE, 0, 0, ""), put).succeeded())
        .isTrue();
    apply(new Command.KvDelete("z", null));
    assertThat(outcome(tree).results()).hasSize(32);
    TxnOutcome refused = outcome(tree, put);
    assertThat(refused.errors())
        .containsExactly(
            new TxnOutcome.Error(1, "the transaction's results are larger than 16777216 bytes"));
    assertThat(machine.version().kv()).doesNotContainKey("z");
    assertThat(outcome(Collections.nCopies(64, tree).toArray(TxnOp[]::new)).errors()).hasSize(1);
  }

  private TxnOutcome outcome(TxnOp... ops) {
    return ((CommandResult.TxnDone) apply(new Command.Txn(List.of(ops)))).outcome();
  }
}
