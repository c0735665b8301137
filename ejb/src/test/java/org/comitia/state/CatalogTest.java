package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogTest {
  private static final String ID1 = "11111111-0000-0000-0000-000000000001";
  private static final String ID2 = "12222222-0000-0000-0000-000000000002";

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private void ok(Command command) {
    assertThat(apply(command)).isEqualTo(new CommandResult.Done(true));
  }

  private String refused(Command command) {
    String before = StateDigest.of(machine.version());
    CommandResult result = apply(command);
    StateVersion back = new StateVersion(index - 1, machine.version().tables());
    assertThat(StateDigest.of(back)).as("the state is unchanged").isEqualTo(before);
    return ((CommandResult.Failed) result).message();
  }

  private static Node node(String id, String name, String address) {
    return new Node(id, name, address, "dc1", Map.of(), Map.of(), 0, 0);
  }

  private static Service service(String id, String name, String... tags) {
    return new Service("", id, name, List.of(tags), "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0);
  }

  private static Check check(String id, String status, String serviceId) {
    return new Check("", id, id, status, "", "", serviceId, "", List.of(), "", 0, 0);
  }

  private static Command register(Node node, Service service, Check... checks) {
    return new Command.Register(node, false, service, List.of(checks));
  }

  private static Command deregister(String node, String service, String check) {
    return new Command.Deregister(node, service, check);
  }

  private Node n(String name) {
    return machine.version().nodes().get(name);
  }

  private <T extends QueryResult> T ask(Query<?> query, Class<T> type) {
    return type.cast(Queries.evaluate(query, machine.version()));
  }

  private List<String> instances(String service) {
    return ask(
            new Query.ServiceInstances(service, List.of(), Map.of()), QueryResult.Instances.class)
        .instances()
        .stream()
        .map(i -> i.node().name() + "/" + i.service().id())
        .toList();
  }

  private long instancesIndex(String service) {
    return Queries.evaluate(
            new Query.ServiceInstances(service, List.of(), Map.of()), machine.version())
        .index();
  }

  @Test
  void registersNodeServiceAndChecksAtOnce() {
    ok(
        register(
            node(ID1, "n1", "10.0.0.1"), service("w1", "web", "v1"), check("c", "passing", "w1")));
    assertThat(n("n1").createIndex()).isEqualTo(1);
    Check check = machine.version().checks().get(CheckKey.of("n1", "c"));
    assertThat(check.node()).isEqualTo("n1");
    assertThat(check.serviceName()).isEqualTo("web");
    assertThat(check.serviceTags()).containsExactly("v1");
    assertThat(instances("web")).containsExactly("n1/w1");
  }

  @Test
  void idsDefaultToNamesAndStatusToCritical() {
    ok(register(node("", "n1", "10.0.0.1"), service("", "web"), check("", "", "")));
    assertThat(machine.version().services()).containsKey(ServiceKey.of("n1", "web"));
    ok(
        new Command.Register(
            node("", "n1", "10.0.0.1"),
            false,
            null,
            List.of(new Check("", "", "alive", "", "", "", "", "", List.of(), "", 0, 0))));
    assertThat(machine.version().checks().get(CheckKey.of("n1", "alive")).status())
        .isEqualTo("critical");
  }

  @Test
  void registeringTheSameAgainChangesNothing() {
    Command same =
        register(node(ID1, "n1", "10.0.0.1"), service("w1", "web"), check("c", "passing", "w1"));
    ok(same);
    machine.drainTouched();
    ok(same);
    assertThat(machine.drainTouched().isEmpty()).isTrue();
    assertThat(n("n1").modifyIndex()).isEqualTo(1);
  }

  @Test
  void onlyRowsThatChangeMove() {
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w1", "web"), check("c", "passing", "w1")));
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w1", "web"), check("c", "critical", "w1")));
    assertThat(n("n1").modifyIndex()).isEqualTo(1);
    assertThat(machine.version().services().get(ServiceKey.of("n1", "w1")).modifyIndex())
        .isEqualTo(1);
    Check check = machine.version().checks().get(CheckKey.of("n1", "c"));
    assertThat(check.modifyIndex()).isEqualTo(2);
    assertThat(check.createIndex()).isEqualTo(1);
    assertThat(instancesIndex("web")).as("its health is part of it").isEqualTo(2);
  }

  @Test
  void aNodesChangeMovesItsServices() {
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w1", "web")));
    ok(register(node(ID1, "n1", "10.0.0.2"), null));
    assertThat(instancesIndex("web")).isEqualTo(2);
    ok(register(node(ID1, "n1", "10.0.0.2"), null, check("mem", "passing", "")));
    assertThat(instancesIndex("web")).isEqualTo(3);
  }

  @Test
  void skipNodeUpdateLeavesAKnownNodeAlone() {
    ok(register(node(ID1, "n1", "10.0.0.1"), null));
    ok(new Command.Register(node("", "n1", ""), true, service("w1", "web"), List.of()));
    assertThat(n("n1").address()).isEqualTo("10.0.0.1");
    assertThat(n("n1").id()).isEqualTo(ID1);
    ok(new Command.Register(node("", "n2", ""), true, null, List.of()));
    assertThat(n("n2").address()).as("an unknown one is created").isEmpty();
  }

  @Test
  void namesAreComparedWithoutCase() {
    ok(register(node(ID1, "Node1", "10.0.0.1"), service("Web1", "Web")));
    ok(register(node(ID1, "node1", "10.0.0.1"), null));
    assertThat(machine.version().nodes()).hasSize(1);
    assertThat(n("node1").modifyIndex()).as("nothing changed").isEqualTo(1);
    assertThat(instances("WEB")).containsExactly("Node1/Web1");
    assertThat(ask(new Query.NodeServices("NODE1"), QueryResult.NodeWithServices.class).services())
        .hasSize(1);
    ok(deregister("NODE1", "WEB1", null));
    assertThat(instances("web")).isEmpty();
  }

  @Test
  void refusesWithConsulsTexts() {
    assertThat(refused(register(node("", "", "10.0.0.1"), null))).isEqualTo("Must provide node");
    assertThat(refused(register(node("", "n1", ""), null)))
        .isEqualTo("Must provide address if SkipNodeUpdate is not set");
    assertThat(refused(register(node("nope", "n1", "10.0.0.1"), null)))
        .isEqualTo("Bad node ID: uuid string is wrong length");
    assertThat(
            refused(register(node("1111111100000-0000-0000-000000000001", "n1", "1.1.1.1"), null)))
        .isEqualTo("Bad node ID: uuid is improperly formatted");
    assertThat(
            refused(register(node("x1111111-0000-0000-0000-000000000001", "n1", "1.1.1.1"), null)))
        .isEqualTo("Bad node ID: encoding/hex: invalid byte: U+0078 'x'");
    assertThat(refused(register(node("", "n1", "10.0.0.1"), service("w", ""))))
        .isEqualTo("Must provide service name with ID");
    assertThat(
            refused(
                register(
                    node("", "n1", "10.0.0.1"),
                    new Service(
                        "", "", "web", List.of(), "0.0.0.0", Map.of(), Map.of(), 1, 1, 1, false, 0,
                        0))))
        .isEqualTo("Invalid service address");
    assertThat(refused(deregister("", "web", null))).isEqualTo("Must provide node");
    assertThat(
            refused(
                register(
                    node("", "n1", "10.0.0.1"),
                    null,
                    new Check("n2", "c", "c", "", "", "", "", "", List.of(), "", 0, 0))))
        .isEqualTo("check node \"n2\" does not match node \"n1\"");
  }

  @Test
  void aCheckNeedsItsServiceAndFailsTheWholeRegistration() {
    assertThat(refused(register(node("", "n1", "10.0.0.1"), null, check("c", "passing", "web"))))
        .isEqualTo("failed inserting check: Missing service registration on node \"n1\"");
    assertThat(machine.version().nodes()).isEmpty();
  }

  @Test
  void aNameBelongsToItsNodeWhileThatIsAlive() {
    ok(register(node(ID1, "n1", "10.0.0.1"), null, check("serfHealth", "passing", "")));
    assertThat(refused(register(node(ID2, "N1", "10.0.0.2"), null)))
        .isEqualTo(
            "failed inserting node: Error while renaming Node ID: \""
                + ID2
                + "\": Node name N1 is reserved by node "
                + ID1
                + " with name n1 (10.0.0.1)");
    ok(register(node(ID2, "n2", "10.0.0.2"), null));
    assertThat(refused(register(node(ID2, "n1", "10.0.0.2"), null)))
        .isEqualTo(
            "failed inserting node: Error while renaming Node ID: \""
                + ID2
                + "\" (10.0.0.2): Node name n1 is reserved by node "
                + ID1
                + " with name n1 (10.0.0.1)");
  }

  @Test
  void aFailedNodesNameCanBeTaken() {
    ok(
        register(
            node(ID1, "n1", "10.0.0.1"), service("w", "web"), check("serfHealth", "critical", "")));
    ok(register(node(ID2, "n1", "10.0.0.2"), null));
    assertThat(n("n1").id()).isEqualTo(ID2);
    assertThat(n("n1").createIndex()).isEqualTo(1);
    assertThat(machine.version().derived().nodeIds()).containsOnlyKeys(ID2);
    assertThat(instancesIndex("web")).isEqualTo(2);
  }

  @Test
  void anIdMayBeAddedToANodeWithoutOne() {
    ok(register(node("", "n1", "10.0.0.1"), null, check("serfHealth", "passing", "")));
    ok(register(node(ID1, "n1", "10.0.0.1"), null));
    assertThat(n("n1").id()).isEqualTo(ID1);
  }

  @Test
  void aNodeThatComesUnderAnotherNameIsRenamed() {
    ok(
        register(
            node(ID1, "old", "10.0.0.1"), service("w", "web"), check("serfHealth", "passing", "")));
    ok(register(node(ID1, "new", "10.0.0.1"), null));
    assertThat(machine.version().nodes()).containsOnlyKeys("new");
    assertThat(n("new").createIndex()).isEqualTo(1);
    assertThat(n("new").modifyIndex()).isEqualTo(2);
    assertThat(machine.version().services()).isEmpty();
    assertThat(machine.version().checks()).isEmpty();
  }

  @Test
  void deregistersOneCheckOneServiceOrAll() {
    ok(
        register(
            node(ID1, "n1", "10.0.0.1"),
            service("w", "web"),
            check("serfHealth", "passing", ""),
            check("c1", "passing", "w")));
    ok(register(node(ID1, "n1", "10.0.0.1"), service("d", "db"), check("c2", "passing", "d")));
    ok(deregister("n1", null, "c2"));
    assertThat(machine.version().checks().keySet().stream().map(CheckKey::id))
        .containsExactly("c1", "serfhealth");
    ok(deregister("n1", "w", "serfHealth"));
    assertThat(machine.version().checks().keySet().stream().map(CheckKey::id))
        .as("the service with its checks; the check's id is not looked at")
        .containsExactly("serfhealth");
    assertThat(instances("web")).isEmpty();
    assertThat(instances("db")).containsExactly("n1/d");
    ok(deregister("n1", "", ""));
    assertThat(machine.version().nodes()).isEmpty();
    assertThat(machine.version().services()).isEmpty();
    assertThat(machine.version().checks()).isEmpty();
    machine.drainTouched();
    ok(deregister("n1", null, null));
    assertThat(machine.drainTouched().isEmpty()).isTrue();
  }

  @Test
  void aServicesIndexSurvivesItsExtinction() {
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w", "web")));
    assertThat(instancesIndex("never")).isEqualTo(1);
    ok(register(node(ID1, "n1", "10.0.0.1"), service("d", "db")));
    assertThat(instancesIndex("web")).isEqualTo(1);
    ok(deregister("n1", "w", null));
    assertThat(instancesIndex("web")).isEqualTo(3);
    assertThat(instancesIndex("db")).isEqualTo(2);
    assertThat(machine.version().indexes()).doesNotContainKey(Indexes.ofService("web"));
  }

  @Test
  void aServiceThatChangesItsNameMovesBothIndexes() {
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w", "web")));
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w", "www")));
    assertThat(instances("web")).isEmpty();
    assertThat(instances("www")).containsExactly("n1/w");
    assertThat(instancesIndex("web")).isEqualTo(2);
    assertThat(instancesIndex("www")).isEqualTo(2);
  }

  @Test
  void findsANodeByItsNameItsIdOrTheBeginningOfIt() {
    ok(register(node(ID1, "n1", "10.0.0.1"), service("w", "web")));
    ok(register(node(ID2, "n2", "10.0.0.2"), null));
    for (String text : List.of("n1", "N1", ID1, "11", "11111111-00")) {
      assertThat(ask(new Query.NodeServices(text), QueryResult.NodeWithServices.class).node())
          .as(text)
          .isEqualTo(n("n1"));
    }
    for (String text : List.of("1", "n", "99", "zz")) {
      QueryResult.NodeWithServices none =
          ask(new Query.NodeServices(text), QueryResult.NodeWithServices.class);
      assertThat(none.node()).as(text).isNull();
      assertThat(none.index()).isEqualTo(2);
    }
    ok(register(node("11222222-0000-0000-0000-000000000003", "n3", "10.0.0.3"), null));
    assertThat(ask(new Query.NodeServices("11"), QueryResult.NodeWithServices.class).node())
        .as("means two nodes")
        .isNull();
  }

  @Test
  void filtersByMetaAndTags() {
    Node racked =
        new Node("", "n1", "10.0.0.1", "dc1", Map.of(), Map.of("rack", "1", "x", "y"), 0, 0);
    ok(register(racked, service("w1", "web", "V1", "blue")));
    ok(register(node("", "n2", "10.0.0.2"), service("w2", "web", "v2")));
    assertThat(ask(new Query.Nodes(Map.of("rack", "1")), QueryResult.NodeList.class).nodes())
        .containsExactly(n("n1"));
    assertThat(ask(new Query.Nodes(Map.of()), QueryResult.NodeList.class).nodes()).hasSize(2);
    assertThat(ask(new Query.Services(Map.of()), QueryResult.ServiceNames.class).tagsByName())
        .isEqualTo(Map.of("web", List.of("V1", "blue", "v2")));
    assertThat(
            ask(new Query.Services(Map.of("rack", "1")), QueryResult.ServiceNames.class)
                .tagsByName())
        .isEqualTo(Map.of("web", List.of("V1", "blue")));
    assertThat(
            ask(
                    new Query.ServiceInstances("web", List.of("v1", "BLUE"), Map.of()),
                    QueryResult.Instances.class)
                .instances())
        .hasSize(1);
    assertThat(
            ask(
                    new Query.ServiceInstances("web", List.of(), Map.of("rack", "2")),
                    QueryResult.Instances.class)
                .instances())
        .isEmpty();
  }

  @Test
  void answersTheChecksOfANode() {
    ok(
        register(
            node("", "n1", "10.0.0.1"),
            null,
            check("a", "passing", ""),
            check("b", "warning", "")));
    ok(register(node("", "n10", "10.0.0.2"), null, check("a", "passing", "")));
    QueryResult.Checks checks = ask(new Query.NodeChecks("N1"), QueryResult.Checks.class);
    assertThat(checks.checks()).extracting(Check::id).containsExactly("a", "b");
    assertThat(checks.index()).isEqualTo(2);
  }

  @Test
  void anEmptyCatalogAnswersIndexOne() {
    for (Query<?> query :
        List.of(
            new Query.Nodes(Map.of()),
            new Query.Services(Map.of()),
            new Query.NodeServices("n1"),
            new Query.NodeChecks("n1"),
            new Query.KvList(""))) {
      assertThat(Queries.evaluate(query, StateVersion.EMPTY).index()).isEqualTo(1);
    }
  }
}
