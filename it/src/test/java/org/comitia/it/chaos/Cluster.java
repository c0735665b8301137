package org.comitia.it.chaos;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.comitia.it.AgentProcess;
import org.comitia.it.Await;
import org.comitia.it.Distribution;
import org.comitia.it.Http;

/**
 * Three machines in three places. A place keeps its number while its machine is replaced by
 * another.
 */
final class Cluster implements AutoCloseable {
  static final int PLACES = 3;

  /** A restart beside two busy servers, an election, a catch-up. */
  private static final Duration WHOLE = Duration.ofSeconds(300);

  /** Between two looks at servers that are busy starting. */
  private static final int PAUSE_MILLIS = 200;

  private static final Duration LOOK = Duration.ofSeconds(2);

  /** So short that who was away fetches a snapshot now and then. */
  private static final String SETTINGS =
      "{\"raft_trailing_logs\": 500, \"raft_snapshot_threshold\": 500,"
          + " \"raft_snapshot_interval\": \"5s\"}";

  final Network network;
  private final Path folder;
  private final Path shim;
  private final Path settings;
  private final List<Machine> places = new CopyOnWriteArrayList<>();
  private final Set<Machine> all = new LinkedHashSet<>();
  private int lastNumber;

  Cluster(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.shim = folder.resolve("shim.so");
    this.settings = Files.writeString(folder.resolve("settings.json"), SETTINGS);
    Shell.run(
        "cc",
        "-O2",
        "-shared",
        "-fPIC",
        "-o",
        shim.toString(),
        Distribution.root().resolve("it/chaos/shim.c").toString(),
        "-ldl");
    this.network = new Network();
  }

  void start() {
    for (int i = 0; i < PLACES; i++) {
      places.add(create());
    }
    for (Machine machine : places) {
      machine.start(flags("-bootstrap-expect=3"));
    }
    awaitWhole();
  }

  private Machine create() {
    Machine machine = new Machine(++lastNumber, network, folder, shim);
    all.add(machine);
    return machine;
  }

  private List<String> flags(String... more) {
    List<String> flags =
        new ArrayList<>(List.of("-server", "-retry-interval=1s", "-config-file=" + settings));
    flags.addAll(List.of(more));
    for (Machine machine : places) {
      flags.addAll(List.of("-retry-join", machine.agent.address()));
    }
    return flags;
  }

  List<Machine> machines() {
    return List.copyOf(places);
  }

  /** The API of the machine that is in this place now. */
  Http http(int place) {
    return places.get(place).agent.http();
  }

  /** Those that are not this one. */
  List<Machine> others(Machine machine) {
    return places.stream().filter(other -> other != machine).toList();
  }

  Machine leader() {
    List<Machine> found = new ArrayList<>();
    Await.until(
        "one leader",
        WHOLE,
        this::tails,
        () -> {
          found.clear();
          String leader = leaderOf(places.get(0));
          places.stream()
              .filter(machine -> machine.agent.serverAddress().equals(leader))
              .forEach(found::add);
          return found.size() == 1;
        });
    return found.get(0);
  }

  private static String leaderOf(Machine machine) throws IOException {
    Http.Answer answer = machine.agent.http().get("/v1/status/leader", LOOK);
    return answer.status() == 200 ? answer.body().strip().replace("\"", "") : "";
  }

  /**
   * Waits until each machine runs, is a voter beside two others, is ready, and all name one leader.
   */
  void awaitWhole() {
    Await.until(
        "three ready voters and one leader",
        WHOLE,
        () -> states() + tails(),
        () -> {
          Set<String> leaders = new TreeSet<>();
          for (Machine machine : places) {
            if (!machine.agent.isAlive()) {
              throw new AssertionError(machine.name() + " has ended\n" + machine.agent.tail());
            }
            leaders.add(leaderOf(machine));
            if (!peers(machine).equals(Integer.toString(PLACES - 1))
                || machine.agent.http().get("/health/ready", LOOK).status() != 200) {
              Await.pause(PAUSE_MILLIS);
              throw new IOException(machine.name() + " is no ready voter of three");
            }
          }
          return leaders.size() == 1 && !leaders.contains("");
        });
  }

  private static String peers(Machine machine) throws IOException {
    JsonObject self = machine.agent.http().get("/v1/agent/self", LOOK).json().asJsonObject();
    return self.getJsonObject("Stats").getJsonObject("raft").getString("num_peers", "");
  }

  /** Waits until all have applied the same, and nobody writes. */
  void awaitConverged() {
    Await.until(
        "the same index applied by all",
        WHOLE,
        this::tails,
        () -> {
          Set<String> indexes = new TreeSet<>();
          for (Machine machine : places) {
            indexes.add(machine.agent.info("raft", "applied_index"));
            indexes.add(machine.agent.info("raft", "last_log_index"));
          }
          return indexes.size() == 1;
        });
  }

  /** A new, empty machine becomes a voter; then the old one leaves and is gone, with its disk. */
  void replace(int place) {
    Machine old = places.get(place);
    Machine next = create();
    next.start(flags());
    Await.until(
        next.name() + " is a voter",
        WHOLE,
        () -> states() + next.agent.tail() + tails(),
        () -> peers(next).equals(Integer.toString(PLACES)));
    places.set(place, next);
    // Answered or not: its process ends.
    try {
      old.agent.http().put("/v1/agent/leave", "");
    } catch (IOException e) {
      // It ended before it answered.
    }
    old.agent.awaitExit(AgentProcess.STOP);
    all.remove(old);
    old.close();
  }

  private String states() {
    StringBuilder text = new StringBuilder();
    for (Machine machine : places) {
      text.append(machine.name()).append(": ");
      try {
        text.append(machine.agent.info("raft", "state"))
            .append(", peers ")
            .append(peers(machine))
            .append(", leader ")
            .append(leaderOf(machine));
      } catch (IOException | RuntimeException e) {
        text.append("does not answer: ").append(e);
      }
      text.append('\n');
    }
    return text.toString();
  }

  String tails() {
    return AgentProcess.tails(places.stream().map(machine -> machine.agent).toList());
  }

  @Override
  public void close() {
    List.copyOf(all).forEach(Machine::close);
    network.close();
  }
}
