package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Deploy, undeploy, redeploy the EAR five times in one running Liberty, in both modes. */
class RedeployIT {
  private static final int TIMES = 5;

  /**
   * Undeployed copies that may be in memory still. Heap dumps show them held by soft references
   * only: the log records of the server's first five minutes, which Liberty keeps with the class
   * that logged each. They go when memory is needed; with soft references cleared at once, none was
   * left in server mode.
   */
  private static final int LOADERS = 3;

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @RegisterExtension final Agents agents = new Agents("redeploy");

  @Test
  void aServerLeavesNothingBehindAndVotesAgain() throws Exception {
    LibertyFolder folder =
        new LibertyFolder(agents.folder().resolve("usr"), "ear", Loopback.next())
            .set("comitia.server", "true")
            .set("comitia.bootstrap", "true")
            .prepareForRedeploy();
    AgentProcess a =
        agents
            .create("a")
            .start("-server", "-retry-join", folder.address(), "-retry-interval", "1s");
    AgentProcess b =
        agents
            .create("b")
            .start("-server", "-retry-join", folder.address(), "-retry-interval", "1s");
    try (LibertyProcess liberty = new LibertyProcess(folder)) {
      Baseline before = Baseline.of(liberty, folder);
      a.awaitHttp();
      b.awaitHttp();
      String id = null;
      for (int round = 1; round <= TIMES; round++) {
        folder.deploy();
        awaitVoters(folder, 3);
        a.awaitInfo("raft", "num_peers", "2");
        String now = nodeId(folder);
        assertThat(id == null || id.equals(now)).as("node id " + id + " became " + now).isTrue();
        id = now;
        assertThat(lockIsHeld(folder)).as("round " + round + ": the lock is held").isTrue();
        String leader = a.leader();
        long transfers = transfers(folder);
        folder.undeploy();
        awaitGone(folder);
        if (leader.equals(folder.address() + ":8300")) {
          assertThat(Agents.awaitOneLeader(a, b).serverAddress()).isNotEqualTo(leader);
          Await.until(
              "the undeployed leader has handed over",
              AgentProcess.SOON,
              () -> folder.tail() + agents.tails(),
              () -> transfers(folder) > transfers);
        }
        before.isBack(liberty, folder, round);
        a.mustPut("round" + round, "written without it");
      }
      folder.deploy();
      awaitVoters(folder, 3);
      itsVoteCounts(folder, a, b);
    }
  }

  /** How often it has handed over; the others' timeouts may also come from a slow deploy. */
  private static long transfers(LibertyFolder folder) throws IOException {
    try (Stream<String> lines = Files.lines(folder.messagesLog())) {
      return lines.filter(line -> line.contains("leadership transfer done: to=")).count();
    }
  }

  /** With one of three dead, nobody is elected without the redeployed server's vote. */
  private void itsVoteCounts(LibertyFolder folder, AgentProcess a, AgentProcess b)
      throws Exception {
    String leader = a.leader();
    AgentProcess dies = leader.equals(a.serverAddress()) ? a : b;
    AgentProcess stays = dies == a ? b : a;
    dies.kill();
    Await.until(
        "a leader by two votes, one of them the redeployed server's",
        LIMIT,
        () -> agents.tails() + folder.tail(),
        () -> {
          Set<String> leaders = new TreeSet<>();
          leaders.add(stays.leader());
          leaders.add(folder.http().get("/v1/status/leader").body().strip().replace("\"", ""));
          return leaders.size() == 1
              && !leaders.contains("")
              && !leaders.contains(dies.serverAddress());
        });
    stays.mustPut("last", "by two votes");
    assertThat(folder.http().get("/v1/kv/last?raw").body())
        .as(folder.tail())
        .isEqualTo("by two votes");
  }

  @Test
  void aClientLeavesNothingBehind() throws Exception {
    AgentProcess server = agents.create("server").start("-server", "-bootstrap");
    LibertyFolder folder =
        new LibertyFolder(agents.folder().resolve("usr"), "client", Loopback.next())
            .set("comitia.retry-join", server.address())
            .set("comitia.retry-interval", "1s")
            .prepareForRedeploy();
    try (LibertyProcess liberty = new LibertyProcess(folder)) {
      Baseline before = Baseline.of(liberty, folder);
      server.awaitLeader();
      for (int round = 1; round <= TIMES; round++) {
        folder.deploy();
        String key = "client/round" + round;
        Await.until(
            "the client writes in round " + round,
            LIMIT,
            () -> folder.tail() + server.tail(),
            () -> folder.http().put("/v1/kv/" + key, "written").body().strip().equals("true"));
        assertThat(server.read(key, false)).as(server.tail()).isEqualTo("written");
        isAtWork(folder);
        try (InputStream log = monitor(folder)) {
          folder.undeploy();
          awaitGone(folder);
        }
        before.isBack(liberty, folder, round);
      }
    }
  }

  /** Its checks have begun: the thread for their connections, timers, a process. */
  private static void isAtWork(LibertyFolder folder) throws IOException {
    String url = "http://" + folder.address() + ":8500/v1/status/leader";
    String check = "{\"Name\":\"own\",\"HTTP\":\"" + url + "\",\"Interval\":\"1s\"}";
    assertThat(folder.http().put("/v1/agent/check/register", check).status())
        .as(folder.tail())
        .isEqualTo(200);
    Await.until(
        "the check of its own status passes",
        LIMIT,
        folder::tail,
        () ->
            folder
                .http()
                .get("/v1/agent/checks")
                .json()
                .asJsonObject()
                .getJsonObject("own")
                .getString("Status")
                .equals("passing"));
  }

  /** Somebody who reads the log all the while. */
  private static InputStream monitor(LibertyFolder folder) throws IOException {
    return URI.create("http://" + folder.address() + ":8500/v1/agent/monitor?loglevel=trace")
        .toURL()
        .openStream();
  }

  /** What the server looked like before the first deployment. */
  private record Baseline(Set<String> listening) {
    static Baseline of(LibertyProcess liberty, LibertyFolder folder) {
      Await.until(
          "Liberty is up",
          AgentProcess.START,
          folder::tail,
          () -> {
            assertThat(liberty.isAlive()).as(folder.tail()).isTrue();
            return Files.readString(folder.messagesLog()).contains("CWWKF0011I");
          });
      return new Baseline(listening(liberty));
    }

    private static Set<String> listening(LibertyProcess liberty) {
      Set<String> listening = new TreeSet<>(liberty.sockets());
      listening.removeIf(socket -> !socket.endsWith("listens"));
      return listening;
    }

    void isBack(LibertyProcess liberty, LibertyFolder folder, int round) {
      String when = " is left after undeploy " + round;
      Await.until(
          "no thread of ours" + when,
          LIMIT,
          () -> ourThreads(liberty) + "\n" + folder.tail(),
          () -> ourThreads(liberty).isEmpty());
      Await.until(
          "no socket of ours" + when,
          LIMIT,
          () -> liberty.sockets() + "\nbefore: " + listening + "\n" + folder.tail(),
          () ->
              listening.containsAll(listening(liberty))
                  && liberty.sockets().stream()
                      .noneMatch(s -> s.contains(":8300") || s.contains(":8301")));
      Await.until("no lock" + when, LIMIT, folder::tail, () -> !lockIsHeld(folder));
      Await.until(
          "no more than " + LOADERS + " copies of the application are left after undeploy " + round,
          LIMIT,
          () -> String.join("\n", liberty.ours()),
          () -> liberty.instances("org.comitia.runtime.ComitiaNode") <= LOADERS);
    }

    private static Set<String> ourThreads(LibertyProcess liberty) {
      Set<String> ours = new TreeSet<>(liberty.threads());
      ours.removeIf(name -> !name.matches("(?i).*(comitia|jgroups|raft|sqlite).*"));
      return ours;
    }
  }

  private void awaitVoters(LibertyFolder folder, int voters) {
    Await.until(
        "the redeployed server is one of " + voters + " voters and knows a leader",
        LIMIT,
        () -> folder.tail() + agents.tails(),
        () -> {
          JsonObject stats =
              folder.http().get("/v1/agent/self").json().asJsonObject().getJsonObject("Stats");
          return stats
                  .getJsonObject("raft")
                  .getString("num_peers")
                  .equals(Integer.toString(voters - 1))
              && folder.http().get("/v1/status/leader").body().contains(":8300");
        });
  }

  private void awaitGone(LibertyFolder folder) {
    Await.until(
        "the application is gone",
        LIMIT,
        folder::tail,
        () -> {
          try {
            return folder.http().get("/v1/agent/self").status() == 404;
          } catch (IOException closed) {
            return true;
          }
        });
  }

  private static String nodeId(LibertyFolder folder) throws IOException {
    return folder
        .http()
        .get("/v1/agent/self")
        .json()
        .asJsonObject()
        .getJsonObject("Config")
        .getString("NodeID");
  }

  /** Whether another process holds a lock on a lock file of the data directory. */
  private static boolean lockIsHeld(LibertyFolder folder) {
    try (Stream<Path> files = Files.walk(folder.dataDir())) {
      List<Path> locks =
          files.filter(path -> path.getFileName().toString().contains("lock")).toList();
      for (Path path : locks) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock()) {
          if (lock == null) {
            return true;
          }
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
