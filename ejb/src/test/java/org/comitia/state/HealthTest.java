package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthTest {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  @BeforeEach
  void registerTwoInstances() {
    register(
        "n1", Map.of("rack", "1"), service("w1", "web", "v1"), check("serfHealth", "passing", ""));
    register("n1", Map.of("rack", "1"), null, check("c1", "passing", "w1"));
    register("n2", Map.of(), service("w2", "web", "v2"), check("c2", "warning", "w2"));
    register("n2", Map.of(), service("d", "db"));
  }

  private void apply(Command command) {
    assertThat(machine.apply(++index, command)).isEqualTo(new CommandResult.Done(true));
  }

  private void register(String node, Map<String, String> meta, Service service, Check... checks) {
    Node row = new Node("", node, "10.0.0.1", "dc1", Map.of(), meta, 0, 0);
    apply(new Command.Register(row, false, service, List.of(checks)));
  }

  private static Service service(String id, String name, String... tags) {
    return new Service("", id, name, List.of(tags), "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0);
  }

  private static Check check(String id, String status, String serviceId) {
    return new Check("", id, id, status, "", "", serviceId, "", List.of(), "", 0, 0);
  }

  private List<String> instances(List<String> tags, Map<String, String> meta, boolean passing) {
    return health(new Query.ServiceHealth("WEB", tags, meta, passing)).instances().stream()
        .map(i -> i.service().id() + i.checks().stream().map(Check::id).toList())
        .toList();
  }

  private QueryResult.HealthInstances health(Query<?> query) {
    return (QueryResult.HealthInstances) Queries.evaluate(query, machine.version());
  }

  private long healthIndex(String service) {
    return health(new Query.ServiceHealth(service, List.of(), Map.of(), false)).index();
  }

  private List<String> checks(Query<?> query) {
    return ((QueryResult.Checks) Queries.evaluate(query, machine.version()))
        .checks().stream().map(Check::id).toList();
  }

  @Test
  void whoAsksAlikeGetsTheSameAnswerUntilTheServiceChanges() {
    Query<QueryResult.HealthInstances> web =
        new Query.ServiceHealth("web", List.of(), Map.of(), true);
    QueryResult.HealthInstances first = machine.evaluate(web);
    register("n2", Map.of(), service("d", "db", "other"));
    assertThat(machine.evaluate(new Query.ServiceHealth("web", List.of(), Map.of(), true)))
        .isSameAs(first);
    register("n1", Map.of("rack", "1"), null, check("c1", "critical", "w1"));
    assertThat(machine.evaluate(web).instances()).isEmpty();
    assertThat(first.instances()).hasSize(1);
  }

  @Test
  void anInstanceComesWithTheChecksOfItsNodeAndItsOwn() {
    assertThat(instances(List.of(), Map.of(), false))
        .containsExactly("w1[serfHealth, c1]", "w2[c2]");
    assertThat(instances(List.of("V2"), Map.of(), false)).containsExactly("w2[c2]");
    assertThat(instances(List.of(), Map.of("rack", "1"), false))
        .containsExactly("w1[serfHealth, c1]");
    assertThat(instances(List.of(), Map.of(), true)).containsExactly("w1[serfHealth, c1]");
    register("n1", Map.of("rack", "1"), null, check("serfHealth", "critical", ""));
    assertThat(instances(List.of(), Map.of(), true)).isEmpty();
  }

  @Test
  void aServicesIndexMovesWithItsNodesAndChecksOnly() {
    assertThat(healthIndex("web")).isEqualTo(3);
    assertThat(healthIndex("db")).isEqualTo(4);
    register("n2", Map.of(), null, check("c2", "passing", "w2"));
    assertThat(healthIndex("web")).isEqualTo(5);
    assertThat(healthIndex("db")).as("another service's check").isEqualTo(4);
    register("n2", Map.of(), null, check("load", "passing", ""));
    assertThat(healthIndex("db")).as("the node's check").isEqualTo(6);
    assertThat(healthIndex("web")).isEqualTo(6);
    register("n3", Map.of(), service("x", "other"));
    assertThat(healthIndex("web")).isEqualTo(6);
  }

  @Test
  void aCheckThatChangesItsServiceMovesBothIndexes() {
    register("n2", Map.of(), null, check("c2", "passing", "d"));
    assertThat(healthIndex("web")).isEqualTo(5);
    assertThat(healthIndex("db")).isEqualTo(5);
    assertThat(instances(List.of("v2"), Map.of(), false)).containsExactly("w2[]");
  }

  @Test
  void checksAreFoundByTheirServiceAndByTheirState() {
    assertThat(checks(new Query.ServiceChecks("Web", Map.of()))).containsExactly("c1", "c2");
    assertThat(checks(new Query.ServiceChecks("web", Map.of("rack", "1")))).containsExactly("c1");
    assertThat(checks(new Query.ServiceChecks("none", Map.of()))).isEmpty();
    assertThat(checks(new Query.ChecksInState("any", Map.of())))
        .containsExactly("c1", "serfHealth", "c2");
    assertThat(checks(new Query.ChecksInState("warning", Map.of()))).containsExactly("c2");
    assertThat(checks(new Query.ChecksInState("warning", Map.of("rack", "1")))).isEmpty();
    assertThat(checks(new Query.ChecksInState("odd", Map.of()))).isEmpty();
    assertThat(
            Queries.evaluate(new Query.ServiceChecks("none", Map.of()), machine.version()).index())
        .isEqualTo(3);
  }

  /** As in Consul: a check keeps its service's name and tags until it is registered again. */
  @Test
  void aCheckKeepsItsServicesNameUntilItIsRegisteredAgain() {
    register("n1", Map.of("rack", "1"), service("w1", "www", "new"));
    assertThat(checks(new Query.ServiceChecks("www", Map.of()))).isEmpty();
    assertThat(checks(new Query.ServiceChecks("web", Map.of()))).contains("c1");
    register("n1", Map.of("rack", "1"), null, check("c1", "passing", "w1"));
    assertThat(checks(new Query.ServiceChecks("www", Map.of()))).containsExactly("c1");
    assertThat(machine.version().checks().get(CheckKey.of("n1", "c1")).serviceTags())
        .containsExactly("new");
  }

  @Test
  void nodesAndServicesAreDumpedWhole() {
    QueryResult.NodeDumps nodes =
        (QueryResult.NodeDumps) Queries.evaluate(new Query.NodeDump(null), machine.version());
    assertThat(nodes.index()).isEqualTo(4);
    assertThat(nodes.nodes()).hasSize(2);
    assertThat(nodes.nodes().get(1).services()).extracting(Service::id).containsExactly("d", "w2");
    assertThat(nodes.nodes().get(1).checks()).extracting(Check::id).containsExactly("c2");
    QueryResult.NodeDumps one =
        (QueryResult.NodeDumps) Queries.evaluate(new Query.NodeDump("N1"), machine.version());
    assertThat(one.nodes()).containsExactly(nodes.nodes().get(0));
    QueryResult.NodeDumps none =
        (QueryResult.NodeDumps) Queries.evaluate(new Query.NodeDump("n9"), machine.version());
    assertThat(none.nodes()).isEmpty();
    assertThat(health(new Query.ServiceDump()).instances())
        .extracting(i -> i.service().id())
        .containsExactly("w1", "d", "w2");
  }
}
