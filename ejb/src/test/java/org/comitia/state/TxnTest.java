package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.comitia.state.TxnOp.KvVerb;
import org.comitia.state.TxnOp.Verb;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TxnTest {
  private static final String SESSION = "aaaaaaaa-0000-0000-0000-000000000001";
  private static final String ID = "11111111-0000-0000-0000-000000000001";

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  @BeforeEach
  void registerANodeAndASession() {
    apply(new Command.Register(node(ID, "n1"), false, null, List.of()));
    apply(
        new Command.SessionCreate(
            new Session(
                SESSION,
                "",
                "n1",
                15_000_000_000L,
                Session.Behavior.RELEASE,
                "",
                List.of(),
                List.of(),
                0,
                0)));
  }

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private TxnOutcome txn(TxnOp... ops) {
    return ((CommandResult.TxnDone) apply(new Command.Txn(List.of(ops)))).outcome();
  }

  private List<TxnOutcome.Row> rows(TxnOp... ops) {
    TxnOutcome outcome = txn(ops);
    assertThat(outcome.errors()).isEmpty();
    return outcome.results();
  }

  private List<String> errors(TxnOp... ops) {
    Tables before = machine.version().tables();
    TxnOutcome outcome = txn(ops);
    assertThat(outcome.results()).isEmpty();
    assertThat(machine.version().tables()).as("nothing is changed").isSameAs(before);
    assertThat(machine.version().appliedIndex()).isEqualTo(index);
    return outcome.errors().stream().map(e -> e.opIndex() + ": " + e.what()).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static TxnOp kv(KvVerb verb, String key) {
    return kv(verb, key, "", 0, "");
  }

  private static TxnOp kv(KvVerb verb, String key, String value, long index, String session) {
    return new TxnOp.Kv(verb, key, bytes(value), 0, index, session);
  }

  private static TxnOp set(String key, String value) {
    return kv(KvVerb.SET, key, value, 0, "");
  }

  private static Node node(String id, String name) {
    return new Node(id, name, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);
  }

  private static Service service(String node, String id, String name) {
    return new Service(node, id, name, List.of(), "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0);
  }

  private static Check check(String node, String id, String status, String serviceId) {
    return new Check(node, id, id, status, "", "", serviceId, "", List.of(), "", 0, 0);
  }

  private KvEntry entry(String key) {
    return machine.version().kv().get(key);
  }

  // ---- keys

  @Test
  void operationsSeeEachOtherAndHaveOneIndex() {
    List<TxnOutcome.Row> rows =
        rows(
            set("a/1", "one"),
            set("a/2", "two"),
            kv(KvVerb.GET, "a/1"),
            kv(KvVerb.GET_TREE, "a/"),
            kv(KvVerb.DELETE, "a/1"),
            kv(KvVerb.CHECK_NOT_EXISTS, "a/1"));
    assertThat(rows)
        .extracting(r -> r.kv().key())
        .containsExactly("a/1", "a/2", "a/1", "a/1", "a/2");
    assertThat(rows.get(0).kv().value()).as("what was written is not repeated").isEmpty();
    assertThat(rows.get(2).kv().value()).isEqualTo(bytes("one"));
    assertThat(rows.get(4).kv().value()).isEqualTo(bytes("two"));
    assertThat(rows).allMatch(r -> r.kv().modifyIndex() == index);
    assertThat(entry("a/1")).isNull();
    assertThat(entry("a/2").createIndex()).isEqualTo(index);
  }

  @Test
  void oneThatFailsUndoesAll() {
    rows(set("there", "1"));
    assertThat(errors(set("a", "1"), kv(KvVerb.DELETE_TREE, ""), kv(KvVerb.GET, "nope")))
        .containsExactly("2: key \"nope\" doesn't exist");
    assertThat(entry("there")).isNotNull();
    assertThat(entry("a")).isNull();
  }

  @Test
  void everyErrorIsTold() {
    rows(set("k", "1"));
    long modified = entry("k").modifyIndex();
    assertThat(
            errors(
                kv(KvVerb.GET, "x"),
                kv(KvVerb.CAS, "k", "2", 99, ""),
                kv(KvVerb.CAS, "k", "2", 0, ""),
                kv(KvVerb.UNLOCK, "k", "", 0, SESSION),
                kv(KvVerb.CHECK_INDEX, "k", "", 99, ""),
                kv(KvVerb.CHECK_INDEX, "x", "", 99, ""),
                kv(KvVerb.CHECK_SESSION, "k", "", 0, SESSION),
                kv(KvVerb.CHECK_SESSION, "x", "", 0, SESSION),
                kv(KvVerb.CHECK_NOT_EXISTS, "k"),
                kv(KvVerb.DELETE_CAS, "k", "", 99, ""),
                kv(KvVerb.LOCK, "k", "", 0, "none"),
                kv(KvVerb.LOCK, "k", "", 0, "")))
        .containsExactly(
            "0: key \"x\" doesn't exist",
            "1: failed to set key \"k\", index is stale",
            "2: failed to set key \"k\", index is stale",
            "3: failed to unlock key \"k\", lock isn't held, or is held by another session",
            "4: failed index check for key \"k\", current modify index " + modified + " != 99",
            "5: failed to check index, key \"x\" doesn't exist",
            "6: failed session check for key \"k\", current session \"\" != \"" + SESSION + "\"",
            "7: failed to check session, key \"x\" doesn't exist",
            "8: key \"k\" exists",
            "9: failed to delete key \"k\", index is stale",
            "10: invalid session \"none\"",
            "11: missing session");
  }

  @Test
  void aKeyThatIsNoTextIsShownAsGoShowsIt() {
    assertThat(errors(kv(KvVerb.GET, "a\"\uDCFFé\u0001\uD83D\uDE00")))
        .containsExactly("0: key \"a\\\"\\xffé\\x01\uD83D\uDE00\" doesn't exist");
  }

  @Test
  void locks() {
    TxnOutcome.Row row = rows(kv(KvVerb.LOCK, "k", "v", 0, SESSION)).get(0);
    assertThat(row.kv().lockIndex()).isEqualTo(1);
    assertThat(row.kv().session()).isEqualTo(SESSION);
    assertThat(rows(kv(KvVerb.CHECK_SESSION, "k", "", 0, SESSION))).hasSize(1);
    String other = SESSION.replace('a', 'b');
    apply(
        new Command.SessionCreate(
            new Session(
                other, "", "n1", 0, Session.Behavior.RELEASE, "", List.of(), List.of(), 0, 0)));
    assertThat(errors(kv(KvVerb.LOCK, "k", "v", 0, other)))
        .containsExactly("0: failed to lock key \"k\", lock is already held");
    apply(new Command.SessionDestroy(SESSION));
    assertThat(errors(set("a", ""), kv(KvVerb.LOCK, "k", "v", 0, other)))
        .containsExactly("1: failed to lock key \"k\" due to lock delay");
    apply(new Command.EndLockDelays(Map.of("k", index)));
    assertThat(rows(kv(KvVerb.LOCK, "k", "v", 0, other)).get(0).kv().lockIndex()).isEqualTo(2);
    assertThat(rows(kv(KvVerb.UNLOCK, "k", "u", 0, other)).get(0).kv().session()).isNull();
    assertThat(entry("k").value()).isEqualTo(bytes("u"));
  }

  @Test
  void casAndDeleteCasCompareTheModifyIndex() {
    rows(kv(KvVerb.CAS, "k", "1", 0, ""));
    long modified = entry("k").modifyIndex();
    assertThat(modified).isEqualTo(index);
    rows(kv(KvVerb.CAS, "k", "2", modified, ""));
    assertThat(rows(kv(KvVerb.DELETE_CAS, "k", "", entry("k").modifyIndex(), ""))).isEmpty();
    assertThat(entry("k")).isNull();
    assertThat(rows(kv(KvVerb.DELETE_CAS, "k", "", 5, ""))).as("gone already").isEmpty();
  }

  @Test
  void aKeyThatMayBeMissingIsAnsweredAsItWasAskedFor() {
    TxnOutcome.Row row = rows(kv(KvVerb.GET_OR_EMPTY, "k", "ignored", 7, "")).get(0);
    assertThat(row.kv().key()).isEqualTo("k");
    assertThat(row.kv().value()).isEmpty();
    assertThat(row.kv().createIndex()).isZero();
    rows(set("k", "v"));
    assertThat(rows(kv(KvVerb.GET_OR_EMPTY, "k")).get(0).kv().value()).isEqualTo(bytes("v"));
  }

  @Test
  void onlyATreeMayHaveNoKey() {
    rows(set("a", ""), set("b", ""));
    assertThat(errors(set("", "x"), kv(KvVerb.GET_TREE, ""), set("c", "")))
        .containsExactly("0: Must provide key", "1: Must provide key");
    assertThat(rows(kv(KvVerb.DELETE_TREE, ""))).isEmpty();
    assertThat(machine.version().kv()).isEmpty();
  }

  @Test
  void thereIsALimit() {
    List<TxnOp> ops = new ArrayList<>(Collections.nCopies(128, set("k", "v")));
    assertThat(apply(new Command.Txn(ops))).isInstanceOf(CommandResult.TxnDone.class);
    ops.add(set("k", "v"));
    assertThat(apply(new Command.Txn(ops)))
        .isEqualTo(
            new CommandResult.Failed("Transaction contains too many operations (129 > 128)"));
  }

  // ---- the catalog

  @Test
  void nodesServicesAndChecksAreSetReadAndDeleted() {
    Node n2 = node("", "n2");
    List<TxnOutcome.Row> rows =
        rows(
            new TxnOp.OnNode(Verb.SET, n2),
            new TxnOp.OnService(Verb.SET, service("n2", "", "web")),
            new TxnOp.OnCheck(Verb.SET, check("n2", "c", "passing", "web")),
            new TxnOp.OnNode(Verb.GET, n2),
            new TxnOp.OnNode(Verb.GET, node(ID, "whatever")),
            new TxnOp.OnService(Verb.GET, service("n2", "web", "")),
            new TxnOp.OnCheck(Verb.GET, check("n2", "c", "", "")));
    assertThat(rows.get(0).node().createIndex()).isEqualTo(index);
    assertThat(rows.get(1).service().id()).isEqualTo("web");
    assertThat(rows.get(2).check().serviceName()).isEqualTo("web");
    assertThat(rows.get(3).node()).isEqualTo(rows.get(0).node());
    assertThat(rows.get(4).node().name()).isEqualTo("n1");
    assertThat(rows.get(5).service()).isEqualTo(rows.get(1).service());
    assertThat(rows.get(6).check()).isEqualTo(rows.get(2).check());
    assertThat(
            rows(
                new TxnOp.OnCheck(Verb.DELETE, check("n2", "c", "", "")),
                new TxnOp.OnService(Verb.DELETE, service("n2", "web", "web")),
                new TxnOp.OnNode(Verb.DELETE, n2)))
        .isEmpty();
    assertThat(machine.version().nodes()).containsOnlyKeys("n1");
    assertThat(machine.version().services()).isEmpty();
  }

  @Test
  void theCatalogsErrorsAreConsuls() {
    assertThat(
            errors(
                new TxnOp.OnNode(Verb.GET, node("", "n9")),
                new TxnOp.OnService(Verb.GET, service("n1", "web", "")),
                new TxnOp.OnCheck(Verb.GET, check("n1", "c", "", "")),
                new TxnOp.OnService(Verb.SET, service("n9", "web", "web")),
                new TxnOp.OnCheck(Verb.SET, check("n9", "c", "", "")),
                new TxnOp.OnCheck(Verb.SET, check("n1", "c", "", "web")),
                new TxnOp.OnNode(Verb.CAS, node(ID, "n1").at(0, 99)),
                new TxnOp.OnNode(Verb.DELETE_CAS, node("", "n1").at(0, 99)),
                new TxnOp.OnService(Verb.CAS, service("n1", "web", "web").at(0, 99)),
                new TxnOp.OnService(Verb.DELETE_CAS, service("n1", "web", "web").at(0, 99)),
                new TxnOp.OnCheck(Verb.CAS, check("n1", "c", "", "").at(0, 99)),
                new TxnOp.OnCheck(Verb.DELETE_CAS, check("n1", "c", "", "").at(0, 99))))
        .containsExactly(
            "0: node \"n9\" doesn't exist",
            "1: service \"web\" on node \"n1\" doesn't exist",
            "2: check \"c\" on node \"n1\" doesn't exist",
            "3: Missing node registration",
            "4: Missing node registration",
            "5: Missing service registration",
            "6: failed to set node \"n1\", index is stale",
            "7: failed to delete node \"n1\", index is stale",
            "8: failed to set service \"web\" on node \"n1\", index is stale",
            "9: failed to delete service \"web\" on node \"n1\", index is stale",
            "10: failed to set check \"c\" on node \"n1\", index is stale",
            "11: failed to delete check \"c\" on node \"n1\", index is stale");
  }

  @Test
  void whatIsWrongInItselfIsToldBeforeAnythingIsDone() {
    assertThat(
            errors(
                new TxnOp.OnNode(Verb.SET, node("", "")),
                new TxnOp.OnNode(Verb.SET, node("xyz", "n2")),
                new TxnOp.OnService(Verb.SET, service("n1", "web", "")),
                kv(KvVerb.GET, "not reached")))
        .containsExactly(
            "0: Must provide node",
            "1: Bad node ID: uuid string is wrong length",
            "2: Must provide service name with ID");
  }

  @Test
  void aSessionEndsWithItsNodeInATransactionToo() {
    rows(kv(KvVerb.LOCK, "k", "v", 0, SESSION), new TxnOp.OnNode(Verb.DELETE, node("", "n1")));
    assertThat(machine.version().sessions()).isEmpty();
    assertThat(entry("k").session()).isNull();
    assertThat(machine.version().lockDelays()).containsOnlyKeys("k");
  }

  // ---- reads

  @Test
  void aReadChangesNothingAndTellsTheNewestIndex() {
    rows(set("k", "v"));
    StateVersion version = machine.version();
    QueryResult.TxnRows read =
        (QueryResult.TxnRows)
            Queries.evaluate(new Query.TxnRead(List.of(kv(KvVerb.GET, "k"))), version);
    assertThat(read.index()).isEqualTo(index);
    assertThat(read.outcome().results().get(0).kv().value()).isEqualTo(bytes("v"));
    QueryResult.TxnRows failed =
        (QueryResult.TxnRows)
            Queries.evaluate(new Query.TxnRead(List.of(kv(KvVerb.GET, "x"))), version);
    assertThat(failed.outcome().errors())
        .containsExactly(new TxnOutcome.Error(0, "key \"x\" doesn't exist"));
  }
}
