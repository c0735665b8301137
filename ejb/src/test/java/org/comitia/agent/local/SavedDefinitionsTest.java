package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.agent.local.LocalServices.Result;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent has saved, after kills, power failures and a disk that takes nothing. */
class SavedDefinitionsTest {
  private static final String LOG = "definitions.log";
  private static final Map<String, Object> TTL = Map.of("TTL", "1h");

  @TempDir private Path dataDir;
  @TempDir private Path other;

  private static LocalAgent start(Path dataDir, Path... definitions)
      throws InvalidDefinitionException {
    return new LocalAgent(new StateCluster(), LocalAgent.options(definitions), dataDir);
  }

  private static Outcome join(CompletionStage<Outcome> outcome) {
    return outcome.toCompletableFuture().join();
  }

  private static Map<String, Object> web(int port) {
    return Map.of("Name", "web", "Port", port, "Check", TTL);
  }

  private static void checkOfWeb(LocalAgent agent, String name) {
    assertThat(agent.check(Map.of("Name", name, "TTL", "1h", "ServiceID", "web")))
        .isEqualTo(Outcome.DONE);
  }

  private static List<Path> files(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return List.of();
    }
    try (Stream<Path> listed = Files.list(folder)) {
      return listed.filter(Files::isRegularFile).toList();
    }
  }

  /** The only file of a folder gives way to a folder that nothing can replace. */
  private static void block(Path folder) throws IOException {
    Path file = files(folder).get(0);
    Files.delete(file);
    Files.createDirectories(file.resolve("full"));
  }

  /** The log as it was after each of its records, from none on. */
  private static List<byte[]> afterEachRecord(byte[] log) {
    List<byte[]> all = new ArrayList<>();
    int end = 16;
    for (int length = 1; length > 0; length = ByteBuffer.wrap(log).getInt(end)) {
      end += all.isEmpty() ? 0 : 8 + ByteBuffer.wrap(log).getInt(end);
      all.add(Arrays.copyOf(Arrays.copyOf(log, end), log.length));
    }
    return all;
  }

  @Test
  void ofTwoChecksWithOneIdTheLastCounts() throws Exception {
    Map<String, Object> first = Map.of("CheckID", "c", "Name", "first", "TTL", "1h");
    Map<String, Object> last = Map.of("CheckID", "C", "Name", "last", "TTL", "1h");
    try (LocalAgent agent = start(dataDir)) {
      assertThat(agent.service(Map.of("Name", "web", "Checks", List.of(first, last))))
          .isEqualTo(Outcome.DONE);
      assertThat(agent.registry.view().checks()).containsOnlyKeys("C");
    }
    try (LocalAgent agent = start(dataDir)) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
      assertThat(agent.registry.view().checks().get("C").name()).isEqualTo("last");
    }
  }

  @Test
  void aKillLeavesNoChecksOfAServiceThatGoes() throws Exception {
    byte[] log;
    try (LocalAgent agent = start(dataDir)) {
      agent.service(web(1));
      checkOfWeb(agent, "extra");
      join(agent.registry.serviceMaintenance(LocalServices.Asker.ANYBODY, "web", true, ""));
      join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "web"));
      log = Files.readAllBytes(dataDir.resolve(LOG));
    }
    for (byte[] cut : afterEachRecord(log)) {
      Path crashed = Files.createTempDirectory(other, "crashed");
      Files.write(crashed.resolve(LOG), cut);
      try (LocalAgent agent = start(crashed)) {
        if (agent.registry.view().services().isEmpty()) {
          assertThat(files(crashed.resolve("checks"))).isEmpty();
        }
      }
    }
  }

  @Test
  void aKillLeavesEitherTheOldOrTheNewChecksOfAService() throws Exception {
    byte[] log;
    try (LocalAgent agent = start(dataDir)) {
      agent.service(web(1));
      checkOfWeb(agent, "extra");
      join(agent.registry.registerService(LocalServices.Asker.ANYBODY, web(2), true));
      log = Files.readAllBytes(dataDir.resolve(LOG));
    }
    List<Integer> ports = new ArrayList<>();
    for (byte[] cut : afterEachRecord(log)) {
      Path crashed = Files.createTempDirectory(other, "crashed");
      Files.write(crashed.resolve(LOG), cut);
      try (LocalAgent agent = start(crashed)) {
        LocalServices.View view = agent.registry.view();
        view.services().values().forEach(service -> ports.add(service.port()));
        if (ports.contains(2)) {
          assertThat(view.checks()).containsOnlyKeys("service:web");
        }
      }
    }
    assertThat(ports).containsSubsequence(1, 2);
  }

  @Test
  void aServiceWhoseCheckCannotBeRemovedStays() throws Exception {
    try (LocalAgent agent = start(dataDir)) {
      agent.service(web(1));
      block(dataDir.resolve("checks"));
      assertThat(
              join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "web")).result())
          .isEqualTo(Result.FAILED);
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
      assertThat(agent.registry.view().checks()).containsOnlyKeys("service:web");

      agent.registry.reap();
      agent.settle();
      assertThat(agent.registry.view().services()).as("its record was whole").isEmpty();
      assertThat(agent.registry.view().checks()).isEmpty();
    }
  }

  @Test
  void aServiceWhoseChecksCannotBeReplacedStaysAsItIs() throws Exception {
    try (LocalAgent agent = start(dataDir)) {
      agent.service(Map.of("Name", "web", "Port", 1));
      checkOfWeb(agent, "extra");
      block(dataDir.resolve("checks"));
      Outcome outcome =
          join(
              agent.registry.registerService(
                  LocalServices.Asker.ANYBODY, Map.of("Name", "web", "Port", 2), true));
      assertThat(outcome.result()).isEqualTo(Result.FAILED);
      assertThat(agent.registry.view().services().get("web").port()).isEqualTo(1);
      assertThat(agent.registry.view().checks()).containsOnlyKeys("extra");
    }
  }

  @Test
  void whatWasRemovedByHandAndIsInTheLogCanBeDeregistered() throws Exception {
    byte[] log;
    try (LocalAgent agent = start(dataDir)) {
      agent.service(Map.of("Name", "web"));
      Files.delete(files(dataDir.resolve("services")).get(0));
      assertThat(join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "web")))
          .isEqualTo(Outcome.DONE);
      log = Files.readAllBytes(dataDir.resolve(LOG));
    }
    Files.write(other.resolve(LOG), log);
    try (LocalAgent agent = start(other)) {
      assertThat(agent.registry.view().services()).isEmpty();
    }
  }

  @Test
  void whatIsTooLargeToBeSavedAtOnceIsRefused() throws Exception {
    List<Map<String, Object>> checks =
        IntStream.range(0, 2_000)
            .mapToObj(i -> Map.<String, Object>of("CheckID", "c" + i, "TTL", "1h"))
            .toList();
    try (LocalAgent agent = start(dataDir)) {
      Outcome outcome = agent.service(Map.of("Name", "large", "Checks", checks));
      assertThat(outcome.result()).isEqualTo(Result.INVALID);
      assertThat(outcome.message()).contains("COM5021", "large", "1048552");
      assertThat(agent.registry.view().services()).isEmpty();
      assertThat(agent.service(web(1))).isEqualTo(Outcome.DONE);
    }
  }

  /**
   * Starts an agent whose log cannot be opened: it says that "web" was moved to port 2, "gone" was
   * deregistered, and "late" was registered.
   */
  private LocalAgent startWithoutItsLog(Path aside) throws Exception {
    try (LocalAgent agent = start(other)) {
      agent.service(web(1));
      agent.service(Map.of("Name", "gone", "Check", TTL));
    }
    Files.createDirectories(dataDir.resolve("services"));
    Files.createDirectories(dataDir.resolve("checks"));
    for (String folder : List.of("services", "checks")) {
      for (Path file : files(other.resolve(folder))) {
        Files.copy(file, dataDir.resolve(folder).resolve(file.getFileName()));
      }
    }
    try (LocalAgent agent = start(other)) {
      agent.service(web(2));
      join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "gone"));
      agent.service(Map.of("Name", "late", "Check", TTL));
      join(agent.registry.nodeMaintenance(LocalServices.Asker.ANYBODY, true, "why"));
      Files.copy(other.resolve(LOG), aside);
    }
    Files.createDirectory(dataDir.resolve(LOG));
    LocalAgent agent = start(dataDir);
    agent.syncFully();
    return agent;
  }

  private void giveBackTheLog(Path aside) throws IOException {
    Files.delete(dataDir.resolve(LOG));
    Files.move(aside, dataDir.resolve(LOG));
  }

  @Test
  void whatOnlyAnUnreadableLogHasIsNotCalledUnknown() throws Exception {
    Path aside = other.resolve("aside");
    try (LocalAgent agent = startWithoutItsLog(aside)) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("gone", "web");
      assertThat(
              join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "late")).result())
          .isEqualTo(Result.FAILED);
      assertThat(
              join(agent.registry.deregisterCheck(LocalServices.Asker.ANYBODY, "service:late"))
                  .result())
          .isEqualTo(Result.FAILED);
      assertThat(
              join(agent.registry.updateCheck(
                      LocalServices.Asker.ANYBODY, "service:late", CheckStatus.PASSING, ""))
                  .result())
          .isEqualTo(Result.FAILED);
      assertThat(
              join(agent.registry.serviceMaintenance(LocalServices.Asker.ANYBODY, "late", true, ""))
                  .result())
          .isEqualTo(Result.FAILED);
      assertThat(
              join(
                  agent.registry.updateCheck(
                      LocalServices.Asker.ANYBODY, "service:web", CheckStatus.PASSING, "")))
          .as("a heartbeat needs no log")
          .isEqualTo(Outcome.DONE);

      giveBackTheLog(aside);
      assertThat(join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "late")))
          .isEqualTo(Outcome.DONE);
    }
    try (LocalAgent agent = start(dataDir)) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
    }
  }

  @Test
  void whatIsRecoveredLateTakesThePlaceOfWhatWasKnownBefore() throws Exception {
    Path aside = other.resolve("aside");
    try (LocalAgent agent = startWithoutItsLog(aside)) {
      giveBackTheLog(aside);
      agent.registry.reap(); // no request is needed
      agent.settle();

      LocalServices.View view = agent.registry.view();
      assertThat(view.services()).containsOnlyKeys("late", "web");
      assertThat(view.services().get("web").port()).isEqualTo(2);
      assertThat(view.checks())
          .containsOnlyKeys("_node_maintenance", "service:late", "service:web");
      assertThat(agent.catalogServices()).containsOnlyKeys("late", "web");
      assertThat(agent.catalogServices().get("web").port()).isEqualTo(2);
      assertThat(agent.catalogChecks())
          .containsOnlyKeys(view.checks().keySet().toArray(new String[0]));
    }
  }

  @Test
  void whatIsStillSavedStaysInForceAfterAFailure() throws Exception {
    try (LocalAgent agent = start(dataDir)) {
      Map<String, Object> http =
          Map.of("HTTP", "http://127.0.0.1:1/", "Interval", "900h", "Status", "passing");
      agent.service(
          Map.of("Name", "web", "Address", "10.0.0.1", "Meta", Map.of("a", "b"), "Check", http));
      agent.syncFully();
      Path moved = Files.move(dataDir.resolve("checks"), other.resolve("checks"));
      Path full = Files.writeString(dataDir.resolve("checks"), "a file where a folder should be");
      assertThat(agent.check(Map.of("Name", "c", "TTL", "1h")).result()).isEqualTo(Result.FAILED);
      agent.registry.reap();
      agent.settle();
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");

      Files.delete(full);
      Files.move(moved, full);
      agent.registry.reap();
      agent.settle();
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
      assertThat(agent.registry.view().checks().get("service:web").status())
          .as("it was not begun anew")
          .isEqualTo("passing");
      assertThat(agent.check(Map.of("Name", "c", "TTL", "1h"))).isEqualTo(Outcome.DONE);
    }
  }

  @Test
  void whatCouldNotBeReadAfterAFailureIsSavedWhenItIsRegisteredAgain() throws Exception {
    try (LocalAgent agent = start(dataDir)) {
      agent.service(web(1));
    }
    Path file = files(dataDir.resolve("services")).get(0);
    try (LocalAgent agent = start(dataDir)) {
      Path moved = Files.move(dataDir.resolve("checks"), other.resolve("checks"));
      Path full = Files.writeString(dataDir.resolve("checks"), "a file where a folder should be");
      assertThat(agent.check(Map.of("Name", "c", "TTL", "1h")).result()).isEqualTo(Result.FAILED);
      Files.delete(full);
      Files.move(moved, full);
      Files.writeString(file, "{");
      agent.registry.reap();
      agent.settle();
      assertThat(agent.registry.view().services()).as("still in force").containsOnlyKeys("web");

      assertThat(agent.service(web(1))).isEqualTo(Outcome.DONE);
    }
    try (LocalAgent agent = start(dataDir)) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
    }
  }

  @Test
  void aFailureOfTheDiskTakesNoTagsThatOthersHaveSet() throws Exception {
    StateCluster cluster = new StateCluster();
    try (LocalAgent agent = new LocalAgent(cluster, LocalAgent.options(), dataDir)) {
      agent.serviceWhoseTagsOthersSet();
      Path full = Files.writeString(dataDir.resolve("checks"), "a file where a folder should be");
      assertThat(agent.check(Map.of("Name", "c", "TTL", "1h")).result()).isEqualTo(Result.FAILED);
      Files.delete(full);
      agent.registry.reap();
      agent.settle();
      assertThat(agent.registry.view().services().get("web").tags()).containsExactly("theirs");
      assertThat(agent.catalogServices().get("web").tags()).containsExactly("theirs");
    }
  }

  @Test
  void whatAFileNoLongerDefinesGoesThoughTheDiskTakesNothing() throws Exception {
    Path file = Files.writeString(other.resolve("a.json"), "{\"service\":{\"name\":\"a\"}}");
    Files.createDirectory(dataDir.resolve(LOG));
    try (LocalAgent agent = start(dataDir, file)) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("a");
      Files.writeString(file, "{\"check\":{\"name\":\"c\",\"ttl\":\"1h\"}}");
      LocalOptions options = LocalAgent.options(Map.of(), Duration.ZERO, file);
      assertThat(join(agent.registry.reload(options))).isEqualTo(Outcome.DONE);
      assertThat(agent.registry.view().services()).isEmpty();
      assertThat(agent.registry.view().checks()).containsOnlyKeys("c");

      Files.writeString(file, "{}");
      assertThat(join(agent.registry.reload(options))).isEqualTo(Outcome.DONE);
      assertThat(agent.registry.view().checks()).isEmpty();
    }
  }

  @Test
  void whatAKillLeftHalfWrittenIsDeleted() throws Exception {
    for (String folder : List.of("services", "checks", "checks/state")) {
      Files.writeString(Files.createDirectories(dataDir.resolve(folder)).resolve("half.tmp"), "{");
    }
    try (LocalAgent agent = start(dataDir)) {
      assertThat(agent.registry.view().services()).isEmpty();
      for (String folder : List.of("services", "checks", "checks/state")) {
        assertThat(files(dataDir.resolve(folder))).as(folder).isEmpty();
      }
    }
  }
}
