package org.comitia.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The agents of one test. A static field lets them live as long as the class, an instance field as
 * long as one test method; then every process is ended, whatever its state.
 */
final class Agents implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  private final List<AgentProcess> agents = new CopyOnWriteArrayList<>();
  private final Path folder;
  private boolean wholeClass;

  /**
   * @param name of the folder under {@code it/target/it-work}; emptied
   */
  Agents(String name) {
    folder = Distribution.workFolder(name);
    deleteTree(folder);
  }

  /** A new agent on an address of its own, not started. */
  AgentProcess create(String name) {
    AgentProcess agent = new AgentProcess(name, Loopback.next(), folder);
    agents.add(agent);
    return agent;
  }

  Path folder() {
    return folder;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    wholeClass = true;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getExecutionException()
        .ifPresent(e -> System.err.println(context.getDisplayName() + "\n" + tails()));
    if (!wholeClass) {
      endAll();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    endAll();
  }

  void endAll() {
    agents.forEach(AgentProcess::end);
    agents.clear();
  }

  String tails() {
    return AgentProcess.tails(agents);
  }

  /**
   * Waits until all of these run, and then until each knows a leader: while the last still starts
   * there may be none.
   */
  static void awaitLeader(AgentProcess... servers) {
    for (AgentProcess server : servers) {
      server.awaitHttp();
    }
    for (AgentProcess server : servers) {
      server.awaitLeader();
    }
  }

  /**
   * Waits until all of these name the same leader, which is one of them.
   *
   * @return that one
   */
  static AgentProcess awaitOneLeader(AgentProcess... among) {
    return awaitOneLeader(Duration.ofSeconds(30), among);
  }

  static AgentProcess awaitOneLeader(Duration limit, AgentProcess... among) {
    List<AgentProcess> found = new ArrayList<>();
    Await.until(
        "one leader, the same for all of " + names(among),
        limit,
        () -> AgentProcess.tails(Arrays.asList(among)),
        () -> {
          found.clear();
          Set<String> leaders = new TreeSet<>();
          for (AgentProcess agent : among) {
            leaders.add(agent.leader());
          }
          for (AgentProcess agent : among) {
            if (leaders.equals(Set.of(agent.serverAddress()))) {
              found.add(agent);
            }
          }
          return found.size() == 1 && "Leader".equals(found.get(0).info("raft", "state"));
        });
    return found.get(0);
  }

  /** Waits until {@code raft.num_peers} is one less than their number on all of these. */
  static void awaitAllVoters(AgentProcess... servers) {
    for (AgentProcess server : servers) {
      server.awaitInfo("raft", "num_peers", Integer.toString(servers.length - 1));
    }
  }

  /** Waits until {@code raft.last_log_index} and {@code applied_index} are one value on all. */
  static void awaitConverged(AgentProcess... servers) {
    Await.until(
        "raft.last_log_index converges on " + names(servers),
        AgentProcess.SOON,
        () -> indexes(servers) + AgentProcess.tails(Arrays.asList(servers)),
        () -> {
          Set<String> indexes = new TreeSet<>();
          for (AgentProcess server : servers) {
            indexes.add(server.info("raft", "last_log_index"));
            indexes.add(server.info("raft", "applied_index"));
          }
          return indexes.size() == 1;
        });
  }

  private static String indexes(AgentProcess... servers) {
    StringBuilder text = new StringBuilder();
    for (AgentProcess server : servers) {
      try {
        text.append(server.name)
            .append(": last_log_index ")
            .append(server.info("raft", "last_log_index"))
            .append(", applied_index ")
            .append(server.info("raft", "applied_index"))
            .append('\n');
      } catch (IOException | RuntimeException e) {
        text.append(server.name).append(" does not answer: ").append(e).append('\n');
      }
    }
    return text.toString();
  }

  static String names(AgentProcess... agents) {
    return String.join(", ", Arrays.stream(agents).map(a -> a.name).toList());
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + root, e);
    }
  }
}
