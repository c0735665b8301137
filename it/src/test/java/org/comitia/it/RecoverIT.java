package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Two of three servers are lost for good: the third one goes on by the command, and once more by
 * Consul's {@code peers.json}; the others come back as new servers. A client agent runs all the
 * time.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RecoverIT {
  private static final int KEYS = 20;

  @RegisterExtension static final Agents agents = new Agents("recover");

  private static AgentProcess survivor;
  private static AgentProcess behind;
  private static AgentProcess gone;
  private static AgentProcess client;

  @BeforeAll
  static void start() {
    survivor = agents.create("a");
    behind = agents.create("b");
    gone = agents.create("c");
    client = agents.create("d");
    List.of(survivor, behind, gone).forEach(RecoverIT::start);
    client.start("-retry-join", survivor.address(), "-retry-interval", "1s");
    Agents.awaitLeader(survivor, behind, gone, client);
    Agents.awaitAllVoters(survivor, behind, gone);
  }

  @AfterAll
  static void end() {
    survivor = null;
    behind = null;
    gone = null;
    client = null;
  }

  private static void start(AgentProcess server) {
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect", "3"));
    flags.addAll(List.of("-retry-join", survivor.address(), "-retry-interval", "1s"));
    server.start(flags.toArray(String[]::new));
  }

  private static String cluster(AgentProcess server) throws IOException {
    return server.info("consul", "cluster_id");
  }

  private static void hasTheKeys(AgentProcess server) throws IOException {
    for (int i = 0; i < KEYS; i++) {
      assertThat(server.read("k" + i, false)).as(server.tail()).isEqualTo("v" + i);
    }
    assertThat(server.read("last", false)).isEqualTo("v");
  }

  private static CommandLine.Result recover(AgentProcess server, String... more) {
    List<String> all = new ArrayList<>(List.of("operator", "raft", "recover"));
    all.addAll(List.of("-data-dir", server.dataDir().toString()));
    all.addAll(List.of(more));
    return CommandLine.run(all.toArray(String[]::new));
  }

  @Test
  @Order(1)
  void theCommandShowsWhatIsKeptAndTheSurvivorGoesOnAlone() throws Exception {
    for (int i = 0; i < KEYS; i++) {
      survivor.mustPut("k" + i, "v" + i);
    }
    behind.kill();
    survivor.mustPut("last", "v");
    Agents.awaitConverged(survivor, gone);
    final String before = cluster(survivor);
    gone.kill();
    Agents.deleteTree(gone.dataDir());
    Await.until(
        "the survivor says what is missing",
        AgentProcess.SOON,
        agents::tails,
        () -> String.valueOf(survivor.info("consul", "no_leader_reason")).contains("COM2023"));

    CommandLine.Result running = recover(survivor, "-yes");
    assertThat(running.exitCode()).isEqualTo(1);
    assertThat(running.err()).contains("COM1014: ").contains("is in use by");
    survivor.signal("TERM");
    survivor.awaitExit(AgentProcess.STOP);

    CommandLine.Result wrong = recover(behind, "-yes", "-other", survivor.dataDir().toString());
    assertThat(wrong.exitCode()).as(wrong.toString()).isEqualTo(1);
    assertThat(wrong.err()).contains(survivor.dataDir() + " has more of the log");

    start(behind);
    behind.awaitHttp();
    CommandLine.Result there = recover(survivor, "-yes");
    assertThat(there.exitCode()).as(there.toString()).isEqualTo(1);
    assertThat(there.err()).contains("b at " + behind.serverAddress() + " still answers.");
    behind.kill();

    CommandLine.Result shown = recover(survivor, "-dry-run", "-other", behind.dataDir().toString());
    assertThat(shown.exitCode()).as(shown.toString()).isZero();
    assertThat(shown.out())
        .contains("Cluster      " + before)
        .contains("has less")
        .contains("Dropped: ")
        .contains("b (")
        .contains("c (");
    CommandLine.Result unasked = recover(survivor); // nobody types yes
    assertThat(unasked.exitCode()).as(unasked.toString()).isEqualTo(1);
    assertThat(survivor.dataDir().resolve("raft/recover.json")).doesNotExist();
    CommandLine.Result done = recover(survivor, "-yes");
    assertThat(done.exitCode()).as(done.toString()).isZero();

    start(survivor);
    survivor.awaitHttp().awaitLeader();
    survivor.awaitInfo("consul", "leader", "true");
    survivor.awaitLog("COM1044: recovered", AgentProcess.SOON);
    assertThat(survivor.dataDir().resolve("raft/recover.json")).doesNotExist();
    assertThat(cluster(survivor)).isNotEqualTo(before);
    assertThat(survivor.info("raft", "recovered_from")).isEqualTo(before);
    assertThat(survivor.info("raft", "recovered_dropped")).contains("b (").contains("c (");
    hasTheKeys(survivor);
  }

  @Test
  @Order(2)
  void theClientAgentGoesOnWithTheNewCluster() throws Exception {
    client.awaitLeader();
    client.mustPut("by-client", "v");
    assertThat(survivor.read("by-client", false)).isEqualTo("v");
    hasTheKeys(client);
  }

  @Test
  @Order(3)
  void aDroppedServerIsRefusedUntilItsRaftFolderIsGone() throws Exception {
    start(behind);
    behind.awaitHttp();
    behind.awaitLog(
        "That one says that it was recovered from this server's cluster", AgentProcess.SOON);
    behind.awaitLog("move its raft/ folder away and start it again", AgentProcess.SOON);
    Await.until(
        "its figures say it as well",
        AgentProcess.SOON,
        agents::tails,
        () -> String.valueOf(behind.info("consul", "no_leader_reason")).contains("COM2004: "));
    assertThat(survivor.info("raft", "num_peers")).isEqualTo("0");
    behind.kill();
    Agents.deleteTree(behind.dataDir().resolve("raft"));
    start(behind);
    start(gone);
    behind.awaitHttp();
    gone.awaitHttp();
    Agents.awaitAllVoters(survivor, behind, gone);
    Agents.awaitConverged(survivor, behind, gone);
    hasTheKeys(behind);
    hasTheKeys(gone);
    assertThat(cluster(behind)).isEqualTo(cluster(survivor));
  }

  @Test
  @Order(4)
  void consulsPeersJsonDoesTheSame() throws Exception {
    Agents.awaitConverged(survivor, behind, gone);
    final String before = cluster(survivor);
    final String id = Files.readString(survivor.dataDir().resolve("node-id")).strip();
    behind.kill();
    gone.kill();
    Agents.deleteTree(behind.dataDir());
    Agents.deleteTree(gone.dataDir());
    survivor.kill();
    Path raft = survivor.dataDir().resolve("raft");
    assertThat(raft.resolve("peers.info")).content().contains(id, survivor.serverAddress());
    Files.writeString(
        raft.resolve("peers.json"),
        "[{\"id\": \""
            + id
            + "\", \"address\": \""
            + survivor.serverAddress()
            + "\", \"non_voter\": false}]\n");
    start(survivor);
    survivor.awaitHttp().awaitLeader();
    survivor.awaitLog("found peers.json file, recovering Raft configuration", AgentProcess.SOON);
    survivor.awaitLog("deleted peers.json file after successful recovery", AgentProcess.SOON);
    assertThat(raft.resolve("peers.json")).doesNotExist();
    assertThat(survivor.info("raft", "recovered_from")).isEqualTo(before);
    assertThat(cluster(survivor)).isNotEqualTo(before);
    hasTheKeys(survivor);
    start(behind);
    start(gone);
    behind.awaitHttp();
    gone.awaitHttp();
    Agents.awaitAllVoters(survivor, behind, gone);
    Agents.awaitConverged(survivor, behind, gone);
    hasTheKeys(behind);
    hasTheKeys(gone);
    client.awaitLeader();
    hasTheKeys(client);
  }
}
