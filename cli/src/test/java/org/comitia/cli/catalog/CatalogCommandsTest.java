package org.comitia.cli.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code catalog} and {@code rtt} against an HTTP server that answers as the API does. */
class CatalogCommandsTest {
  private static final String NODES =
      """
      [{"ID":"4c1e7b8a-0000-4000-8000-000000000001","Node":"n1","Address":"10.0.0.1",
        "Datacenter":"dc1","TaggedAddresses":{"wan":"10.0.0.1","lan":"10.0.0.1"},
        "Meta":{"rack":"a1"},"CreateIndex":5,"ModifyIndex":6},
       {"ID":"","Node":"external-node","Address":"10.0.0.2","Datacenter":"dc1",
        "TaggedAddresses":null,"Meta":null,"CreateIndex":7,"ModifyIndex":7}]
      """;

  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void stop() {
    agent.close();
  }

  private int catalog(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "catalog";
    all[1] = arguments[0];
    all[2] = "-http-addr";
    all[3] = agent.address();
    System.arraycopy(arguments, 1, all, 4, arguments.length - 1);
    return command.run(all);
  }

  @Test
  void datacentersAreALineEach() {
    agent.answers("GET /v1/catalog/datacenters", "[\"dc1\",\"dc2\"]");

    assertThat(catalog("datacenters")).isZero();
    assertThat(catalog("datacenters", "x")).isEqualTo(1);

    assertThat(command.out()).isEqualTo("dc1\ndc2\n");
    assertThat(command.err()).isEqualTo("Too many arguments (expected 0, got 1)\n");
  }

  @Test
  void nodesAreATable() {
    agent.answers("GET /v1/catalog/nodes", NODES);

    assertThat(catalog("nodes")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            Node           ID        Address   DC
            n1             4c1e7b8a  10.0.0.1  dc1
            external-node            10.0.0.2  dc1
            """);
  }

  @Test
  void nodesInDetail() {
    agent.answers("GET /v1/catalog/nodes", NODES);

    assertThat(catalog("nodes", "-detailed")).isZero();

    assertThat(command.out().lines().skip(1).findFirst().orElseThrow())
        .isEqualTo(
            "n1             4c1e7b8a-0000-4000-8000-000000000001  10.0.0.1  dc1  "
                + "lan=10.0.0.1, wan=10.0.0.1  rack=a1");
  }

  @Test
  void nodesOfAServiceAreFiltered() {
    agent.answers(
        "GET /v1/catalog/service/web?dc=dc1&stale&near=_agent"
            + "&filter=NodeMeta.rack%20%3D%3D%20a1&node-meta=rack%3Aa1&node-meta=os%3Alinux",
        "[{\"ID\":\"\",\"Node\":\"n1\",\"Address\":\"10.0.0.1\",\"Datacenter\":\"dc1\"}]");

    command.input("NodeMeta.rack == a1\n");
    assertThat(
            catalog(
                "nodes",
                "-service=web",
                "-datacenter=dc1",
                "-stale",
                "-near=_agent",
                "-filter=-",
                "-node-meta=rack=a1",
                "-node-meta",
                "os=linux"))
        .isZero();

    assertThat(command.out()).endsWith("n1        10.0.0.1  dc1\n");
  }

  @Test
  void noNodeIsNoFailure() {
    agent.answers("GET /v1/catalog/nodes", "[]").fails("GET /v1/catalog/nodes?filter=x", "bad");

    assertThat(catalog("nodes")).isZero();
    assertThat(catalog("nodes", "-filter=x")).isEqualTo(1);
    assertThat(catalog("nodes", "-node-meta=x")).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "No nodes match the given query - try expanding your search.\n"
                + "Error listing nodes: Unexpected response code: 500 (bad)\n"
                + "invalid value \"x\" for flag -node-meta: missing \"=\" value in argument: x\n");
  }

  @Test
  void servicesWithTheirTags() {
    agent.answers(
        "GET /v1/catalog/services", "{\"web\":[\"v2\",\"v1\"],\"consul\":[],\"database\":[\"x\"]}");

    assertThat(catalog("services")).isZero();
    assertThat(catalog("services", "-tags")).isZero();

    assertThat(command.out())
        .isEqualTo(
            "consul\ndatabase\nweb\n" + "consul        \ndatabase      x\nweb           v1,v2\n");
  }

  @Test
  void servicesOfANode() {
    agent
        .answers(
            "GET /v1/catalog/node/n1",
            "{\"Node\":{},\"Services\":{\"w1\":{\"Service\":\"web\",\"Tags\":[\"b\"]},"
                + "\"w2\":{\"Service\":\"web\",\"Tags\":[\"a\"]}}}")
        .answers("GET /v1/catalog/node/gone", "null");

    assertThat(catalog("services", "-tags", "-node=n1")).isZero();
    assertThat(catalog("services", "-node=gone")).isZero();

    assertThat(command.out()).isEqualTo("web      a,b\n");
    assertThat(command.err())
        .isEqualTo("No services match the given query - try expanding your search.\n");
  }

  @Test
  void roundTripTimeIsTheDistanceOfTwoCoordinates() {
    agent
        .answers("GET /v1/agent/self", "{\"Config\":{\"NodeName\":\"n1\",\"Datacenter\":\"dc1\"}}")
        .answers(
            "GET /v1/coordinate/nodes",
            """
            [{"Node":"n1","Segment":"","Coord":{"Vec":[0.003,0,0],"Error":1.5,"Adjustment":0,
              "Height":0.00001}},
             {"Node":"N2","Segment":"","Coord":{"Vec":[0,0.004,0],"Error":1.5,"Adjustment":0.001,
              "Height":0.00002}}]
            """);

    assertThat(command.run("rtt", "-http-addr", agent.address(), "n2")).isZero();
    assertThat(command.run("rtt", "-http-addr", agent.address(), "n1", "n3")).isEqualTo(1);
    assertThat(command.run("rtt")).isEqualTo(1);
    assertThat(command.run("rtt", "-wan", "n1", "n2")).isEqualTo(1);

    assertThat(command.out())
        .isEqualTo("Estimated n2 <-> n1 rtt: 6.030 ms (using LAN coordinates)\n");
    assertThat(command.err())
        .startsWith("Could not find a coordinate for node \"n3\"\n")
        .contains("One or two node names must be specified\n\nUsage: comitia rtt ")
        .endsWith("Node names must be specified as <node name>.<datacenter> with -wan\n");
  }

  @Test
  void anAdjustmentNeverMakesATimeNegative() {
    Coordinate one = new Coordinate(new double[] {0.001}, 0.0001, -0.005);
    Coordinate other = new Coordinate(new double[] {0.002}, 0.0001, 0);

    assertThat(one.distanceTo(other)).isCloseTo(0.0012, within(1e-12));
  }
}
