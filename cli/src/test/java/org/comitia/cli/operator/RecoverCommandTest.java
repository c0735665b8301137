package org.comitia.cli.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.Entry.Kind;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.raft.participant.Recovery;
import org.comitia.recovery.RecoveryRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command beside files as a stopped server leaves them; that server is RecoverIT's. */
class RecoverCommandTest {
  private static final UUID CLUSTER = new UUID(9, 9);
  private static final UUID INCARNATION = new UUID(1, 1);
  private static final Configuration THREE =
      new Configuration(List.of(server(1), server(2), server(3)));

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void close() {
    agent.close();
  }

  private static Server server(int number) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
    return new Server(id, "n" + number, "127.0.0." + number + ":1", true);
  }

  /** Which of the three a folder is of, by its name; the third for any other. */
  private static int number(String name) {
    return List.of("one", "alone").contains(name)
        ? 1
        : List.of("two", "longer", "later").contains(name) ? 2 : 3;
  }

  /** A data directory: a configuration at entry 1, then commands up to the last one, of a term. */
  private String server(String name, Configuration servers, long last, long term, long saved)
      throws Exception {
    Path raft = folder.resolve(name).resolve("raft");
    Files.createDirectories(raft);
    Files.writeString(raft.resolveSibling("node-id"), new UUID(0, number(name)) + "\n");
    try (Connection log = DriverManager.getConnection("jdbc:sqlite:" + raft.resolve("log.db"));
        Statement statement = log.createStatement()) {
      statement.execute("CREATE TABLE store_identity (format_version, incarnation)");
      statement.execute(
          "INSERT INTO store_identity VALUES (1, '"
              + server(number(name)).id().incarnation()
              + "')");
      statement.execute("CREATE TABLE hard_state (term)");
      statement.execute("INSERT INTO hard_state VALUES (" + term + ")");
      statement.execute("CREATE TABLE records (name, value)");
      statement.execute("CREATE TABLE log_base (base_index, base_term, configuration)");
      statement.execute("CREATE TABLE log_batches (first_index, last_index, last_term, entries)");
      insert(log, "INSERT INTO records VALUES ('bootstrap', ?)", Bootstrap.recordIn(CLUSTER, null));
      insert(
          log,
          "INSERT INTO log_batches VALUES (1, " + last + ", " + term + ", ?)",
          entries(ConfigurationCodec.encode(servers), last, term));
    }
    try (Connection catalog =
            DriverManager.getConnection("jdbc:sqlite:" + raft.resolve("catalog.db"));
        Statement statement = catalog.createStatement()) {
      statement.execute("CREATE TABLE saved_point (applied_index)");
      statement.execute("INSERT INTO saved_point VALUES (" + saved + ")");
    }
    return folder.resolve(name).toString();
  }

  private static void insert(Connection into, String sql, byte[] bytes) throws Exception {
    try (PreparedStatement statement = into.prepareStatement(sql)) {
      statement.setBytes(1, bytes);
      statement.execute();
    }
  }

  /**
   * As docs/schema.md has them; numbers below 128 are one octet, this configuration's length two.
   */
  private static byte[] entries(byte[] configuration, long last, long term) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((int) term);
    out.write(1);
    out.write(configuration.length & 0x7f | 0x80);
    out.write(configuration.length >> 7);
    out.writeBytes(configuration);
    for (long i = 2; i <= last; i++) {
      out.write((int) term);
      out.write(2);
      out.write(0);
    }
    return out.toByteArray();
  }

  private int recover(String dataDir, String... more) {
    String[] args = new String[5 + more.length];
    System.arraycopy(
        new String[] {"operator", "raft", "recover", "-data-dir", dataDir}, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return command.run(args);
  }

  private boolean isRequested(String dataDir) {
    return Files.exists(Path.of(dataDir, "raft", RecoveryRequest.REQUEST));
  }

  @Test
  void whatIsKeptWhatMayBeLostAndWhoIsDroppedIsShown() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    String two = server("two", THREE, 39, 3, 35);
    assertThat(recover(one, "-other", two, "-dry-run")).as(command.err()).isZero();
    assertThat(command.out())
        .contains("Cluster      " + CLUSTER)
        .contains("Incarnation  " + INCARNATION)
        .contains("Server       n1 (" + new UUID(0, 1) + " at 127.0.0.1:1)")
        .containsPattern("Last written 20\\d\\d-.*Z")
        .contains("Nothing was changed. Without -dry-run this server is made to go on alone.")
        .containsPattern("this one\\)\\s+3\\s+40\\s+30")
        .containsPattern("two\\s+3\\s+39\\s+35\\s+has less")
        .contains("Entries 36 to 40 may never have been acknowledged to anybody")
        .contains(
            "May be lost: acknowledged writes that this server's log does not have, behind entry 40")
        .contains("and not compared was that of n3.")
        .doesNotContain("Note: ")
        .contains("Dropped: n2 (" + new UUID(0, 2) + " at 127.0.0.2:1), n3 (");
    assertThat(isRequested(one)).isFalse();
  }

  @Test
  void whatTheOthersProvedIsSaid() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    assertThat(recover(one, "-dry-run")).isZero();
    assertThat(command.out()).contains("Entries 31 to 40").contains("none was compared (-other).");
    String two = server("two", THREE, 40, 3, 40);
    String three = server("three", THREE, 40, 3, 20);
    CommandRun compared = new CommandRun();
    assertThat(
            compared.run(
                "operator",
                "raft",
                "recover",
                "-data-dir",
                one,
                "-dry-run",
                "-other",
                two,
                "-other",
                three))
        .isZero();
    assertThat(compared.out())
        .contains("Kept: all up to entry 40, all of it known to be committed.")
        .contains("May be lost: nothing, as far as the logs of all dropped voters tell");
  }

  @Test
  void whatTellsNothingIsNoComparison() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    assertThat(recover(one, "-yes", "-other", one)).isEqualTo(1);
    assertThat(command.err()).contains(one + " is this very server, or a copy of it");
    String foreign = server("foreign", THREE, 90, 9, 90);
    try (Connection log = DriverManager.getConnection("jdbc:sqlite:" + foreign + "/raft/log.db");
        Statement statement = log.createStatement()) {
      statement.execute("DELETE FROM records");
    }
    assertThat(recover(one, "-yes", "-other", foreign)).isEqualTo(1);
    assertThat(command.out())
        .containsPattern("foreign\\s+9\\s+90\\s+90\\s+of another cluster: not compared");
    assertThat(command.err()).contains(foreign + " is of no cluster: it was not compared");
    String nowhere = folder.resolve("nosuch").toString();
    for (String other : new String[] {nowhere, "nosuch"}) {
      assertThat(recover(one, "-yes", "-other", other)).isEqualTo(1);
      assertThat(command.err()).contains("there is no folder " + other);
    }
    agent.answers("GET /v1/agent/self", "{\"Stats\": {\"consul\": {\"server\": \"false\"}}}");
    agent.answers("GET /v1/agent/members", "[]");
    assertThat(recover(one, "-yes", "-other", agent.address())).isEqualTo(1);
    assertThat(command.err()).contains(agent.address() + " is a client agent, which has no log");
    assertThat(isRequested(one)).isFalse();
  }

  @Test
  void whoStillRunsIsToBeStoppedFirst() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    agentOf(CLUSTER, 39, "");
    assertThat(recover(one, "-dry-run", "-other", agent.address())).as(command.err()).isZero();
    assertThat(command.out()).contains("Note: " + agent.address() + " still answers.");
    assertThat(recover(one, "-yes", "-other", agent.address())).isEqualTo(1);
    assertThat(command.err()).contains("Else stop what runs there first");
    assertThat(isRequested(one)).isFalse();
    try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Server there = server(2).at("127.0.0.1:" + port.getLocalPort());
      String seen = server("alone", new Configuration(List.of(server(1), there)), 40, 3, 30);
      assertThat(recover(seen, "-yes")).isEqualTo(1);
      assertThat(command.err()).contains("n2 at " + there.address() + " still answers.");
      assertThat(isRequested(seen)).isFalse();
    }
  }

  @Test
  void aClusterThatLivesIsNotRecovered() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    agentOf(CLUSTER, 41, "", "127.0.0.2:1");
    assertThat(recover(one, "-dry-run", "-other", agent.address())).isEqualTo(1);
    assertThat(command.err())
        .contains(agent.address() + " answers and knows a leader, at 127.0.0.2:1")
        .contains("nothing is lost. Start this server as it is")
        .doesNotContain("recover that one");
  }

  @Test
  void whatIsMissingOrInTheWayIsSaid() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    Files.delete(Path.of(one, "raft", "catalog.db"));
    Files.delete(Path.of(one, "node-id"));
    assertThat(recover(one, "-dry-run")).isZero();
    assertThat(command.out())
        .contains("Note: catalog.db is missing")
        .contains("Note: there is no " + Path.of(one, "node-id"));
    Files.writeString(Path.of(one, "raft", "peers.json"), "[]");
    assertThat(recover(one, "-yes")).isEqualTo(1);
    assertThat(command.err()).contains("peers.json, which asks the next start for a recovery");
    assertThat(isRequested(one)).isFalse();
  }

  @Test
  void whoeverMayNotLookIsToldWhoMay() throws Exception {
    Path raft = folder.resolve("raft");
    assertThat(RaftFolder.words(raft, new AccessDeniedException(raft.toString())))
        .startsWith("permission denied: " + raft + ": run this as the user that runs the agent (")
        .contains(folder + " belongs to " + Files.getOwner(folder).getName() + "), or as root");
    Files.writeString(raft, "");
    assertThat(recover(folder.toString(), "-dry-run")).isEqualTo(1);
    assertThat(command.err()).contains(raft + " is no folder");
  }

  @Test
  void itActsOnlyWhenItIsConfirmed() throws Exception {
    String one = server("one", THREE, 40, 3, 40);
    for (String answer : new String[] {"", "y\n", "no\n"}) {
      command.input(answer);
      assertThat(recover(one)).isEqualTo(1);
      assertThat(command.err()).contains("Nothing was changed.");
      assertThat(isRequested(one)).isFalse();
    }
    assertThat(command.out()).containsOnlyOnce("Nobody is there to answer. In a script, -yes");
    command.input("yes\n");
    assertThat(recover(one)).as(command.err()).isZero();
    assertThat(command.out())
        .contains("all of it known to be committed")
        .contains("Start this server");
    assertThat(RecoveryRequest.find(Path.of(one, "raft")).expected())
        .isEqualTo(new RecoveryRequest.Expected(CLUSTER, INCARNATION, 40, 3));

    String two = server("two", THREE, 40, 3, 40);
    assertThat(recover(two, "-yes")).isZero();
    assertThat(isRequested(two)).isTrue();
  }

  @Test
  void anotherThatHasMoreIsToBeRecoveredInstead() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    String longer = server("longer", THREE, 41, 3, 30);
    String later = server("later", THREE, 20, 4, 10);
    for (String other : new String[] {longer, later, later + "/raft"}) {
      assertThat(recover(one, "-yes", "-other", other)).isEqualTo(1);
      assertThat(command.out()).contains("HAS MORE");
      assertThat(command.err()).contains(other + " has more of the log than this server");
    }
    agentOf(CLUSTER, 41, "");
    assertThat(recover(one, "-yes", "-other", agent.address())).isEqualTo(1);
    assertThat(command.err()).contains(agent.address() + " has more of the log");
    assertThat(isRequested(one)).isFalse();
  }

  /**
   * @param tag a member's, beside that of a member of another cluster
   */
  private void agentOf(UUID cluster, long last, String tag) {
    agentOf(cluster, last, tag, "");
  }

  private void agentOf(UUID cluster, long last, String tag, String leader) {
    agent.answers(
        "GET /v1/agent/self",
        """
        {"Stats": {"consul": {"cluster_id": "%s", "leader_addr": "%s", "server": "true"},
          "raft": {"last_log_index": "%d", "last_log_term": "3", "applied_index": "7",
           "last_contact": "12ms"}},
         "Member": {"Tags": {"incarnation": "%s"}}}
        """
            .formatted(cluster, leader, last, server(2).id().incarnation()));
    agent.answers(
        "GET /v1/agent/members",
        """
        [{"Name": "n2", "Tags": {"cluster": "%s"%s}},
         {"Name": "stale", "Tags": {"cluster": "%s", "recovered_from": "%s@0"}}]
        """
            .formatted(cluster, tag, new UUID(6, 6), CLUSTER));
  }

  @Test
  void aSecondServerOfTheClusterIsNotRecoveredBesideTheFirst() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    String two = server("two", THREE, 39, 3, 30);
    assertThat(recover(two, "-yes")).isZero();
    assertThat(recover(one, "-yes", "-other", two)).isEqualTo(1);
    assertThat(command.err()).contains(two + " is to go on already when it is started");
    isRecovered(two);
    assertThat(recover(one, "-yes", "-other", two)).isEqualTo(1);
    assertThat(command.out()).contains("RECOVERED ALREADY");
    assertThat(command.err())
        .contains(two + " goes on already as the successor of this server's cluster")
        .contains("join that one");

    agentOf(
        new UUID(7, 7), 45, ", \"recovered_from\": \"" + new UUID(8, 8) + "@5," + CLUSTER + "@4\"");
    assertThat(recover(one, "-yes", "-other", agent.address())).isEqualTo(1);
    assertThat(command.err()).contains(agent.address() + " goes on already as the successor");
    assertThat(isRequested(one)).isFalse();
  }

  @Test
  void aRunningServerOfAStrangersClusterIsNotCompared() throws Exception {
    String one = server("one", THREE, 40, 3, 30);
    agentOf(new UUID(7, 7), 45, "");
    assertThat(recover(one, "-yes", "-other", agent.address())).isEqualTo(1);
    assertThat(command.out()).contains("of another cluster: not compared");
    assertThat(command.err()).contains("is of another cluster, " + new UUID(7, 7));
  }

  /** As the start leaves it. */
  private static void isRecovered(String dataDir) throws Exception {
    Path raft = Path.of(dataDir, "raft");
    Files.delete(raft.resolve(RecoveryRequest.REQUEST));
    Recovery recovery =
        Recovery.of(
            new StoredLog(
                new HardState(3, null),
                LogBase.NONE,
                39,
                List.of(new TermRun(1, 3)),
                List.of(new Entry(1, 3, Kind.CONFIGURATION, ConfigurationCodec.encode(THREE))),
                30,
                List.of()),
            Map.of("bootstrap", Bootstrap.recordIn(CLUSTER, null)),
            server(2),
            new UUID(4, 4),
            new UUID(7, 7),
            0);
    try (Connection log = DriverManager.getConnection("jdbc:sqlite:" + raft.resolve("log.db"));
        Statement statement = log.createStatement()) {
      statement.execute("DELETE FROM records");
      for (Map.Entry<String, byte[]> record : recovery.records().entrySet()) {
        insert(log, "INSERT INTO records VALUES ('" + record.getKey() + "', ?)", record.getValue());
      }
    }
  }

  @Test
  void whatRootLeavesBehindIsTheAgentsUsers() throws Exception {
    assumeTrue(Files.getOwner(folder).getName().equals("root"), "only root gives files away");
    String one = server("one", THREE, 40, 3, 30);
    Path raft = Path.of(one, "raft");
    Files.setAttribute(raft, "unix:uid", 54321);
    for (String file : new String[] {"log.db", "catalog.db"}) {
      try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + raft.resolve(file));
          Statement statement = store.createStatement()) {
        statement.execute("PRAGMA journal_mode=WAL");
      }
      Files.setAttribute(raft.resolve(file), "unix:uid", 54321);
    }
    assertThat(recover(one, "-yes")).as(command.err()).isZero();
    try (Stream<Path> files = Files.list(raft)) {
      assertThat(files)
          .extracting(file -> file.getFileName() + " " + Files.getAttribute(file, "unix:uid"))
          .contains("recover.json 54321")
          .allMatch(text -> text.endsWith(" 54321"));
    }
  }

  @Test
  void whatCannotBeRecoveredIsSaid() throws Exception {
    assertThat(command.run("operator", "raft", "recover")).isEqualTo(1);
    assertThat(command.err()).contains("-data-dir");
    assertThat(recover(folder.resolve("none").toString())).isEqualTo(1);
    assertThat(command.err()).contains("there is no ");
    Files.createDirectories(folder.resolve("empty/raft"));
    assertThat(recover(folder.resolve("empty").toString(), "-yes")).isEqualTo(1);
    assertThat(command.err()).contains("there is no ").contains("log.db");

    ServerId self = new ServerId(new UUID(0, 1), INCARNATION);
    Configuration alone =
        new Configuration(List.of(new Server(self, "n".repeat(100), "h:1", true)));
    String one = server("alone", alone, 4, 1, 4);
    assertThat(recover(one, "-yes")).isEqualTo(1);
    assertThat(command.err()).contains("is the only voter of its cluster and needs no other");

    String two = server("two", THREE, 40, 3, 30);
    try (FileChannel held =
            FileChannel.open(
                Path.of(two, "raft", "lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = held.lock()) {
      assertThat(lock.isValid()).isTrue();
      assertThat(recover(two, "-yes")).isEqualTo(1);
      assertThat(command.err()).contains("COM1014: ").contains("is in use by");
    }
    assertThat(recover(two, "-yes", "-other", "127.0.0.1:1")).isEqualTo(1);
    assertThat(command.err()).contains("connection refused");
    assertThat(isRequested(two)).isFalse();
  }
}
