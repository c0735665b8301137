package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every command of docs/operations.md, copied from the page, on the machines that it names. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OperationsPageIT {
  private static final String BACKUP = "Backup and restore";
  private static final String LOST = "A majority is lost";
  private static final String REPLACE = "Replace a server";
  private static final String MOVE = "Move to other addresses";
  private static final String UPGRADE = "Upgrade";
  private static final List<String> FIRST = List.of("n1", "n2", "n3");

  @RegisterExtension static final Agents AGENTS = new Agents("operations-page");

  private static final Map<String, Machine> MACHINES = new TreeMap<>();
  private static final Map<String, String> NAMES = new LinkedHashMap<>();
  private static OperationsPage page;

  @BeforeAll
  static void threeServers() throws Exception {
    page = OperationsPage.read();
    for (String name : List.of("n1", "n2", "n3", "n4")) {
      AgentProcess agent = AGENTS.create(name);
      NAMES.put("10.0.0." + name.charAt(1), agent.address());
      NAMES.put("10.0.1." + name.charAt(1), Loopback.next());
      MACHINES.put(name, new Machine(agent, AGENTS.folder().resolve("machine-" + name)));
    }
    for (Machine machine : MACHINES.values()) {
      NAMES.forEach(machine::call);
      machine.configure(page.json("systemd"));
    }
    for (String name : FIRST) {
      MACHINES.get(name).run("systemctl start comitia");
    }
    Agents.awaitLeader(agents(FIRST));
    Agents.awaitAllVoters(agents(FIRST));
    for (AgentProcess agent : agents(FIRST)) {
      agent.awaitInfo("raft", "feature_level", "3"); // what restores is understood by all
    }
    MACHINES.get("n1").agent.mustPut("kept", "from the beginning");
  }

  private static AgentProcess[] agents(List<String> names) {
    return names.stream().map(name -> MACHINES.get(name).agent).toArray(AgentProcess[]::new);
  }

  /** Runs all blocks of a section. @return what the commands printed */
  private static String follow(String section) throws Exception {
    StringBuilder said = new StringBuilder();
    for (OperationsPage.Block block : page.blocks(section)) {
      for (String name : block.machines()) {
        for (String command : block.commands()) {
          said.append(MACHINES.get(name).run(command));
        }
      }
    }
    return said.toString();
  }

  private static void allThere(List<String> servers) throws IOException {
    Agents.awaitOneLeader(agents(servers));
    Agents.awaitAllVoters(agents(servers));
    for (AgentProcess agent : agents(servers)) {
      assertThat(agent.read("kept", false)).as(agent.tail()).isEqualTo("from the beginning");
    }
  }

  @Test
  @Order(1)
  void allCommandsAreRunSomewhere() {
    assertThat(page.sections()).containsExactlyInAnyOrder(BACKUP, LOST, REPLACE, MOVE, UPGRADE);
    for (String section : page.sections()) {
      assertThat(page.blocks(section))
          .as(section)
          .allSatisfy(
              block -> assertThat(block.machines()).isNotEmpty().isSubsetOf(MACHINES.keySet()));
    }
  }

  @Test
  @Order(2)
  void backsUp() throws Exception {
    assertThat(follow(BACKUP))
        .contains("Saved and verified snapshot")
        .contains(" Index ")
        .contains("Restored snapshot");
    allThere(FIRST);
  }

  @Test
  @Order(3)
  void upgradesOneServerAfterTheOther() throws Exception {
    assertThat(follow(UPGRADE)).contains("n1").contains("leader");
    allThere(FIRST);
  }

  @Test
  @Order(4)
  void goesOnWhenAMajorityIsLost() throws Exception {
    MACHINES.get("n2").agent.kill();
    MACHINES.get("n3").agent.kill();
    assertThat(follow(LOST))
        .contains("Dropped: ", "n2 (", "n3 (")
        .contains("recovered_from = ", "recovered_dropped = ");
    allThere(FIRST);
  }

  @Test
  @Order(5)
  void replacesAServer() throws Exception {
    MACHINES.get("n3").agent.kill();
    follow(REPLACE);
    allThere(List.of("n1", "n2", "n4"));
    Agents.deleteTree(MACHINES.get("n3").agent.dataDir());
  }

  @Test
  @Order(6)
  void movesToOtherAddresses() throws Exception {
    follow(MOVE);
    allThere(List.of("n1", "n2", "n4"));
    for (AgentProcess agent : agents(List.of("n1", "n2", "n4"))) {
      assertThat(agent.http().get("/v1/status/peers").body()).contains(agent.serverAddress());
    }
  }
}
