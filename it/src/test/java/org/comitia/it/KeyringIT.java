package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The key of a cluster that is written to and read from is replaced by another one. */
class KeyringIT {
  /** Longer than connections by a removed key are left to those who made them. */
  private static final long CUT_OFF_NANOS = TimeUnit.SECONDS.toNanos(13);

  @RegisterExtension final Agents agents = new Agents("keyring");

  @Test
  void aKeyIsRotatedWithoutAnInterruption() throws Exception {
    String old = newKey();
    String key = newKey();
    List<AgentProcess> servers =
        List.of(agents.create("n1"), agents.create("n2"), agents.create("n3"));
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect=3"));
    flags.addAll(List.of("-retry-interval", "1s", "-config-file", file("server", old)));
    servers.forEach(server -> flags.addAll(List.of("-retry-join", server.address())));
    servers.forEach(server -> server.start(flags.toArray(String[]::new)));
    AgentProcess first = servers.get(0);
    AgentProcess last = servers.get(2);
    AgentProcess client =
        agents
            .create("client")
            .start("-retry-join", first.address(), "-config-file", file("client", old));
    Agents.awaitLeader(servers.toArray(AgentProcess[]::new));
    Agents.awaitAllVoters(servers.toArray(AgentProcess[]::new));
    client.awaitHttp().awaitLeader();
    client.awaitInfo("serf_lan", "members", "4");
    List<AgentProcess> all = new ArrayList<>(servers);
    all.add(client);

    first.mustPut("read/me", "here");
    try (WriteLoad writes =
            WriteLoad.start(
                "keyring",
                WriteLoad.OnFailure.RETRY_ONCE_ELSEWHERE,
                all.toArray(AgentProcess[]::new));
        Reads reads = new Reads(all)) {
      awaitMore(writes, reads, "before");
      succeeds(first, "-install=" + key);
      assertThat(list(first)).contains("  " + old + " [4/4]\n", "  " + key + " [4/4]\n");
      awaitMore(writes, reads, "with both keys");
      succeeds(servers.get(1), "-use=" + key);
      assertThat(CommandLine.at(first, "keyring", "-list-primary").out())
          .contains("  " + key + " [4/4]\n")
          .doesNotContain(old);
      awaitMore(writes, reads, "with the new one in use");
      succeeds(last, "-remove=" + old);
      long removed = System.nanoTime();
      assertThat(list(last)).contains("dc1 (LAN):\n  " + key + " [4/4]\n").doesNotContain(old);
      while (System.nanoTime() - removed < CUT_OFF_NANOS) {
        awaitMore(writes, reads, "with the new one only");
      }
      writes.stop();
      reads.close();
      assertThat(writes.givenUp()).as(writes.failures()).isZero();
      assertThat(reads.failed).isEmpty();
      writes.verify(servers.toArray(AgentProcess[]::new));
    }

    assertThat(CommandLine.at(client, "keyring", "-list").all())
        .contains("keyring operations must run against a server node");
    CommandLine.Result refused = CommandLine.at(first, "keyring", "-remove=" + key);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("dc1 (LAN) error: 4/4 nodes reported failure")
        .contains("* client: removing the primary key is not allowed");

    // Its configuration still has the old key.
    last.signal("TERM");
    last.awaitExit(Duration.ofSeconds(30));
    last.start(flags.toArray(String[]::new)).awaitLeader();
    last.awaitInfo("serf_lan", "members", "4");
    Agents.awaitAllVoters(servers.toArray(AgentProcess[]::new));
    assertThat(last.logged("keyring doesn't include key provided with -encrypt, using keyring"))
        .isTrue();
    last.mustPut("a", "after its restart");
    assertThat(client.read("a", false)).isEqualTo("after its restart");
    assertThat(list(last)).contains("  " + key + " [4/4]\n");

    AgentProcess late = agents.create("late").start("-config-file", file("late", old)).awaitHttp();
    assertThat(CommandLine.at(late, "join", first.address()).all()).contains("encrypt");
    for (AgentProcess agent : all) {
      assertThat(agent.log())
          .filteredOn(line -> !line.startsWith("--- "))
          .noneMatch(line -> line.contains(key) || line.contains(old));
    }
  }

  @Test
  void theFirstKeyIsGivenToAClusterThatRuns() throws Exception {
    String encrypt = "\"encrypt\": \"" + newKey() + "\"";
    String incoming = "\"encrypt_verify_incoming\": false";
    String outgoing = "\"encrypt_verify_outgoing\": false";
    List<String> steps =
        List.of(
            config("plain", "\"datacenter\": \"dc1\""),
            config("step1", encrypt, incoming, outgoing),
            config("step2", encrypt, incoming),
            config("step3", encrypt));
    AgentProcess[] servers = {agents.create("n1"), agents.create("n2"), agents.create("n3")};
    for (AgentProcess server : servers) {
      start(server, servers, steps.get(0));
    }
    Agents.awaitLeader(servers);
    Agents.awaitAllVoters(servers);
    try (WriteLoad writes =
        WriteLoad.start("keyring", WriteLoad.OnFailure.RETRY_ONCE_ELSEWHERE, servers)) {
      for (String step : steps.subList(1, steps.size())) {
        for (AgentProcess server : servers) {
          writes.awaitMore(20, Duration.ofSeconds(60), "before the next restart");
          server.signal("TERM");
          server.awaitExit(Duration.ofSeconds(30));
          start(server, servers, step);
          Agents.awaitOneLeader(Duration.ofSeconds(60), servers);
          Agents.awaitAllVoters(servers);
          server.awaitInfo("serf_lan", "members", "3");
        }
      }
      writes.stop();
      assertThat(writes.givenUp()).as(writes.failures()).isZero();
      writes.verify(servers);
    }
    for (AgentProcess server : servers) {
      assertThat(server.info("serf_lan", "encrypted")).isEqualTo("true");
    }
    AgentProcess plain = agents.create("plain").start().awaitHttp();
    assertThat(CommandLine.at(plain, "join", servers[0].address()).all()).contains("encrypt");
  }

  private static void start(AgentProcess server, AgentProcess[] all, String config) {
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect=3"));
    flags.addAll(List.of("-retry-interval", "1s", "-config-file", config));
    for (AgentProcess other : all) {
      flags.addAll(List.of("-retry-join", other.address()));
    }
    server.start(flags.toArray(String[]::new));
  }

  private static void awaitMore(WriteLoad writes, Reads reads, String when) {
    long before = reads.done.get();
    writes.awaitMore(40, Duration.ofSeconds(60), when);
    Await.until(
        "reads " + when,
        Duration.ofSeconds(60),
        () -> String.join("\n", reads.failed),
        () -> reads.done.get() > before + 40);
  }

  private static void succeeds(AgentProcess agent, String option) {
    CommandLine.Result result = CommandLine.at(agent, "keyring", option);
    assertThat(result.exitCode()).as(result.toString()).isZero();
  }

  private static String list(AgentProcess agent) {
    CommandLine.Result result = CommandLine.at(agent, "keyring", "-list");
    assertThat(result.exitCode()).as(result.toString()).isZero();
    return result.out();
  }

  private static String newKey() {
    return CommandLine.run("keygen").all().strip();
  }

  private String file(String name, String key) throws IOException {
    return config(name, "\"encrypt\": \"" + key + "\"");
  }

  private String config(String name, String... settings) throws IOException {
    Path folder = Files.createDirectories(agents.folder());
    return Files.writeString(
            folder.resolve(name + ".json"), "{" + String.join(", ", settings) + "}")
        .toString();
  }

  /** A reader at each agent; what fails is tried once more. */
  private static final class Reads implements AutoCloseable {
    private final AtomicLong done = new AtomicLong();
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;

    Reads(List<AgentProcess> from) {
      for (AgentProcess agent : from) {
        Thread thread = new Thread(() -> read(agent), "reads from " + agent.name);
        threads.add(thread);
        thread.start();
      }
    }

    private void read(AgentProcess agent) {
      while (!ended) {
        if (!reads(agent) && !reads(agent)) {
          failed.add("at " + agent.name);
        }
        done.incrementAndGet();
        Await.pause(6);
      }
    }

    private static boolean reads(AgentProcess agent) {
      try {
        return "here".equals(agent.read("read/me", false));
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public void close() {
      ended = true;
      for (Thread thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
