package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.agent.local.LocalServices.Result;
import org.comitia.state.Check;
import org.comitia.state.CheckStatus;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalRegistryTest {
  private static final Map<String, Object> WEB =
      Map.of("Name", "web", "Port", 80, "Check", Map.of("TTL", "1h"));

  @TempDir private Path dataDir;
  @TempDir private Path files;
  private final StateCluster cluster = new StateCluster();

  private LocalAgent start(Path... definitions) throws InvalidDefinitionException {
    return new LocalAgent(cluster, LocalAgent.options(definitions), dataDir);
  }

  private static Outcome join(CompletionStage<Outcome> outcome) {
    return outcome.toCompletableFuture().join();
  }

  private static Outcome update(LocalAgent agent, String id, CheckStatus status, String output) {
    return join(agent.registry.updateCheck(LocalServices.Asker.ANYBODY, id, status, output));
  }

  private static String status(LocalAgent agent, String id) {
    return agent.registry.view().checks().get(id).status();
  }

  @Test
  void theCatalogFollowsEachChange() throws Exception {
    try (LocalAgent agent = start()) {
      assertThat(agent.service(WEB)).isEqualTo(Outcome.DONE);
      agent.settle();
      assertThat(agent.catalogServices()).containsOnlyKeys("web");
      assertThat(agent.catalogChecks().get("service:web").status()).isEqualTo("critical");

      assertThat(update(agent, "service:web", CheckStatus.PASSING, "fine")).isEqualTo(Outcome.DONE);
      assertThat(status(agent, "service:web")).as("when it is answered").isEqualTo("passing");
      agent.settle();
      assertThat(agent.catalogChecks().get("service:web").output()).isEqualTo("fine");

      assertThat(join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "web")))
          .isEqualTo(Outcome.DONE);
      agent.settle();
      assertThat(agent.catalogServices()).isEmpty();
      assertThat(agent.catalogChecks()).isEmpty();
    }
  }

  @Test
  void allComesBackAfterARestart() throws Exception {
    try (LocalAgent agent = start()) {
      agent.service(WEB);
      agent.check(Map.of("Name", "disk", "TTL", "1h", "Status", "passing"));
      agent.service(Map.of("Name", "gone"));
      join(agent.registry.deregisterService(LocalServices.Asker.ANYBODY, "gone"));
      update(agent, "service:web", CheckStatus.WARNING, "so so");
      join(agent.registry.nodeMaintenance(LocalServices.Asker.ANYBODY, true, "why"));
      join(agent.registry.serviceMaintenance(LocalServices.Asker.ANYBODY, "web", true, ""));
      agent.settle();
    }
    cluster.takeWritten();
    try (LocalAgent agent = start()) {
      agent.settle();

      LocalServices.View view = agent.registry.view();
      assertThat(view.services()).containsOnlyKeys("web");
      assertThat(view.checks())
          .containsOnlyKeys("_node_maintenance", "_service_maintenance:web", "disk", "service:web");
      assertThat(view.checks().get("_node_maintenance").notes()).isEqualTo("why");
      assertThat(view.checks().get("service:web").status()).isEqualTo("warning");
      assertThat(view.checks().get("service:web").output()).isEqualTo("so so");
      assertThat(view.checks().get("disk").status())
          .as("nothing vouches for it")
          .isEqualTo("critical");
      assertThat(agent.catalogChecks().get("disk").status()).isEqualTo("critical");
      assertThat(cluster.takeWritten()).as("only what is different").hasSize(1);
    }
  }

  @Test
  void aTtlThatWasOverIsNotBroughtBack() throws Exception {
    try (LocalAgent agent = start()) {
      agent.check(Map.of("Name", "c", "TTL", "1ms"));
      update(agent, "c", CheckStatus.PASSING, "");
    }
    try (LocalAgent agent = start()) {
      assertThat(status(agent, "c")).isEqualTo("critical");
    }
  }

  @Test
  void anUnreadableFileIsPassedOverAndKept() throws Exception {
    Path services = Files.createDirectories(dataDir.resolve("services"));
    Files.writeString(services.resolve("half"), "{\"Service\":{\"Na");
    Files.writeString(services.resolve("left.tmp"), "");
    try (LocalAgent agent = start()) {
      assertThat(agent.service(WEB)).isEqualTo(Outcome.DONE);
    }
    try (LocalAgent agent = start()) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
      assertThat(services.resolve("half")).exists();
    }
  }

  @Test
  void whatAFileDefinesBeatsWhatWasSaved() throws Exception {
    try (LocalAgent agent = start()) {
      agent.service(Map.of("Name", "web", "Port", 1));
    }
    Path file =
        Files.writeString(files.resolve("a.json"), "{\"service\":{\"name\":\"web\",\"port\":2}}");
    try (LocalAgent agent = start(file)) {
      assertThat(agent.registry.view().services().get("web").port()).isEqualTo(2);
      try (Stream<Path> saved = Files.list(dataDir.resolve("services"))) {
        assertThat(saved).isEmpty();
      }
    }
  }

  @Test
  void aReloadFollowsTheFilesAndKeepsTheRest() throws Exception {
    Path file =
        Files.writeString(
            files.resolve("a.json"),
            "{\"services\":[{\"name\":\"a\",\"check\":{\"ttl\":\"1h\"}},{\"name\":\"b\"}],"
                + "\"check\":{\"name\":\"disk\",\"ttl\":\"1h\"}}");
    try (LocalAgent agent = start(file)) {
      agent.service(WEB);
      update(agent, "service:a", CheckStatus.PASSING, "");
      Files.writeString(
          file, "{\"services\":[{\"name\":\"a\",\"check\":{\"ttl\":\"1h\"}},{\"name\":\"c\"}]}");

      LocalOptions changed = LocalAgent.options(Map.of("rack", "r1"), Duration.ZERO, file);
      assertThat(join(agent.registry.reload(changed))).isEqualTo(Outcome.DONE);
      agent.settle();

      assertThat(agent.catalogServices()).containsOnlyKeys("a", "c", "web");
      assertThat(agent.catalogChecks()).containsOnlyKeys("service:a", "service:web");
      assertThat(status(agent, "service:a")).as("it was not touched").isEqualTo("passing");

      Files.writeString(file, "{\"services\":[{}]}");
      assertThat(join(agent.registry.reload(changed)))
          .isEqualTo(Outcome.failed(file + ": Missing service name"));
      assertThat(agent.registry.view().services()).containsOnlyKeys("a", "c", "web");
    }
  }

  @Test
  void aWrongFileIsNoStart() throws Exception {
    Path file = Files.writeString(files.resolve("a.json"), "{\"service\":{\"name\":1}}");
    assertThatThrownBy(() -> start(file))
        .hasMessage(file + ": Request decode failed: field \"service.Name\" must be a string");

    Files.writeString(file, "{\"check\":{\"name\":\"s\",\"args\":[\"true\"],\"interval\":\"1s\"}}");
    assertThatThrownBy(() -> start(file)).hasMessageContaining("Scripts are disabled");
  }

  @Test
  void checksOfAServiceMayBeReplaced() throws Exception {
    try (LocalAgent agent = start()) {
      agent.service(WEB);
      agent.check(Map.of("Name", "extra", "TTL", "1h", "ServiceID", "web"));
      update(agent, "service:web", CheckStatus.PASSING, "fine");
      agent.service(WEB);
      assertThat(agent.registry.view().checks()).containsKey("extra");
      assertThat(status(agent, "service:web")).as("it goes on").isEqualTo("passing");

      join(agent.registry.registerService(LocalServices.Asker.ANYBODY, WEB, true));
      agent.settle();
      assertThat(agent.registry.view().checks()).containsOnlyKeys("service:web");
      assertThat(agent.catalogChecks()).containsOnlyKeys("service:web");
    }
  }

  @Test
  void refusalsChangeNothing() throws Exception {
    try (LocalAgent agent = start()) {
      Map<String, Object> script =
          Map.of("Name", "x", "Check", Map.of("Args", List.of("true"), "Interval", "1s"));
      assertThat(agent.service(script).result()).isEqualTo(Result.FAILED);
      assertThat(agent.service(Map.of()).result()).isEqualTo(Result.INVALID);
      assertThat(agent.check(Map.of("Name", "c", "TTL", "1s", "ServiceID", "no")))
          .isEqualTo(Outcome.failed("ServiceID \"no\" does not exist"));
      assertThat(join(agent.registry.deregisterCheck(LocalServices.Asker.ANYBODY, "no")).result())
          .isEqualTo(Result.UNKNOWN);
      assertThat(update(agent, "no", CheckStatus.PASSING, ""))
          .isEqualTo(
              Outcome.unknown(
                  "Unknown check ID \"no\". Ensure that the check ID is passed, not the check name."));
      assertThat(
              join(agent.registry.serviceMaintenance(LocalServices.Asker.ANYBODY, "no", true, "")))
          .isEqualTo(Outcome.unknown("No service registered with ID \"no\""));

      assertThat(agent.registry.view().services()).isEmpty();
      assertThat(agent.registry.view().checks()).isEmpty();
      assertThat(dataDir.resolve("services")).doesNotExist();
    }
  }

  @Test
  void maintenanceWhoseCheckTheCatalogWouldRefuseIsRefused() throws Exception {
    String id = "i".repeat(1_004);
    try (LocalAgent agent = start()) {
      assertThat(agent.service(Map.of("Name", "w", "ID", id))).isEqualTo(Outcome.DONE);
      assertThat(join(agent.registry.serviceMaintenance(LocalServices.Asker.ANYBODY, id, true, "")))
          .isEqualTo(Outcome.invalid("the check's id is longer than 1024 bytes"));
      assertThat(agent.registry.view().checks()).isEmpty();
    }
  }

  @Test
  void aDiskThatTakesNothingIsTold() throws Exception {
    Files.writeString(dataDir.resolve("services"), "a file where a folder should be");
    try (LocalAgent agent = start()) {
      Outcome outcome = agent.service(WEB);

      assertThat(outcome.result()).isEqualTo(Result.FAILED);
      assertThat(outcome.message()).contains("failed to save service \"web\", not registered");
      assertThat(agent.registry.view().services()).isEmpty();
    }
  }

  @Test
  void whatIsRegisteredAlreadyIsWrittenNowhere() throws Exception {
    Map<String, Object> disk = Map.of("Name", "disk", "TTL", "1h");
    try (LocalAgent agent = start()) {
      agent.service(WEB);
      agent.check(disk);
      update(agent, "service:web", CheckStatus.PASSING, "fine");
      agent.settle();
      cluster.takeWritten();
      byte[] saved = Files.readAllBytes(dataDir.resolve("definitions.log"));

      assertThat(agent.service(WEB)).isEqualTo(Outcome.DONE);
      assertThat(agent.check(disk)).isEqualTo(Outcome.DONE);
      agent.settle();

      assertThat(cluster.takeWritten()).isEmpty();
      assertThat(Files.readAllBytes(dataDir.resolve("definitions.log"))).isEqualTo(saved);
      assertThat(status(agent, "service:web")).isEqualTo("passing");

      agent.service(Map.of("Name", "web", "Port", 81, "Check", Map.of("TTL", "1h")));
      agent.settle();
      assertThat(cluster.takeWritten()).as("another port").hasSize(1);
      assertThat(agent.catalogServices().get("web").port()).isEqualTo(81);
    }
    try (LocalAgent agent = start()) {
      assertThat(agent.registry.view().services().get("web").port()).isEqualTo(81);
    }
  }

  @Test
  void registeringAgainSavesTheTagsThatOthersHaveSet() throws Exception {
    try (LocalAgent agent = start()) {
      agent.serviceWhoseTagsOthersSet();
      Service theirs = agent.registry.view().services().get("web");
      agent.service(Map.of("Name", "web", "Tags", theirs.tags(), "EnableTagOverride", true));
    }
    cluster.setLeaderless(true);
    try (LocalAgent agent = start()) {
      assertThat(agent.registry.view().services().get("web").tags()).containsExactly("theirs");
    }
  }

  @Test
  void aChangeWakesWhoWaitsForIt() throws Exception {
    try (LocalAgent agent = start()) {
      CompletableFuture<Void> changed = agent.registry.changed().toCompletableFuture();
      agent.service(WEB);
      assertThat(changed).isCompleted();

      CompletableFuture<Void> next = agent.registry.changed().toCompletableFuture();
      agent.service(WEB);
      assertThat(next).as("the same once more").isNotCompleted();
    }
  }

  @Test
  void theCatalogIsRepairedBothWays() throws Exception {
    try (LocalAgent agent = start()) {
      agent.service(WEB);
      agent.settle();
      Node node = LocalAgent.options().node();
      Service alien =
          new Service(
              "n1", "alien", "alien", List.of(), "", Map.of(), Map.of(), 1, 1, 1, false, 0, 0);
      Check lost = new Check("n1", "x", "x", "passing", "", "", "", "", List.of(), "", 0, 0);
      cluster.apply(new Command.Register(node, true, alien, List.of(lost)));
      cluster.apply(new Command.Deregister("n1", "web", null));
      assertThat(agent.catalogServices()).containsOnlyKeys("alien");

      agent.syncFully();

      assertThat(agent.catalogServices()).containsOnlyKeys("web");
      assertThat(agent.catalogChecks()).containsOnlyKeys("service:web");

      cluster.apply(new Command.Deregister("n1", null, null));
      agent.syncFully();
      assertThat(agent.catalogServices()).containsOnlyKeys("web");
    }
  }

  @Test
  void aFullRoundThatIsAskedForDuringAnotherIsNotLost() throws Exception {
    try (LocalAgent agent = start()) {
      agent.settle();
      cluster.hold();
      agent.service(WEB);
      agent.settle();
      Node node = LocalAgent.options().node();
      Check alien = new Check("n1", "x", "x", "passing", "", "", "", "", List.of(), "", 0, 0);
      cluster.apply(new Command.Register(node, true, null, List.of(alien)));
      agent.syncFully();
      cluster.release();
      agent.settle();

      assertThat(agent.catalogChecks()).containsOnlyKeys("service:web");
    }
  }

  @Test
  void whatWasRegisteredWithoutALeaderComesWithTheLeader() throws Exception {
    cluster.setLeaderless(true);
    try (LocalAgent agent = start()) {
      assertThat(agent.service(WEB)).isEqualTo(Outcome.DONE);
      agent.settle();
      cluster.setLeaderless(false);
      agent.syncFully();

      assertThat(agent.catalogServices()).containsOnlyKeys("web");
    }
  }

  @Test
  void aServiceThatWasCriticalForTooLongIsDeregistered() throws Exception {
    try (LocalAgent agent = start()) {
      Map<String, Object> check = Map.of("TTL", "1h", "DeregisterCriticalServiceAfter", "90m");
      agent.service(Map.of("Name", "bad", "Check", check));
      agent.service(WEB);
      update(agent, "service:bad", CheckStatus.CRITICAL, "");
      update(agent, "service:web", CheckStatus.CRITICAL, "");
      agent.clock.set(Duration.ofMinutes(90).toNanos());
      agent.registry.reap();
      agent.settle();
      assertThat(agent.catalogServices()).containsOnlyKeys("bad", "web");

      agent.clock.incrementAndGet();
      agent.registry.reap();
      agent.settle();
      assertThat(agent.catalogServices()).containsOnlyKeys("web");
    }
    try (LocalAgent agent = start()) {
      assertThat(agent.registry.view().services()).containsOnlyKeys("web");
    }
  }

  @Test
  void outputsWaitForTheirInterval() throws Exception {
    LocalOptions options = LocalAgent.options(Map.of(), Duration.ofMinutes(5));
    try (LocalAgent agent = new LocalAgent(cluster, options, dataDir)) {
      agent.check(Map.of("Name", "c", "TTL", "1h", "Status", "passing"));
      agent.settle(); // else the output may be part of what is registered
      update(agent, "c", CheckStatus.PASSING, "new");
      agent.settle();
      assertThat(agent.registry.view().checks().get("c").output()).isEqualTo("new");
      assertThat(agent.catalogChecks().get("c").output()).isEmpty();

      agent.clock.set(Duration.ofMinutes(5).toNanos() * 3 / 2);
      agent.registry.passOutputs();
      agent.settle();
      assertThat(agent.catalogChecks().get("c").output()).isEqualTo("new");
    }
  }

  @Test
  void tagsOfTheCatalogAreSeenHere() throws Exception {
    try (LocalAgent agent = start()) {
      agent.serviceWhoseTagsOthersSet();
      assertThat(agent.registry.view().services().get("web").tags()).containsExactly("theirs");
      assertThat(agent.catalogServices().get("web").tags()).containsExactly("theirs");
    }
  }

  @Test
  void anAgentThatLeavesWritesNothing() throws Exception {
    try (LocalAgent agent = start()) {
      agent.settle();
      agent.member = false;
      cluster.takeWritten();
      agent.service(WEB);
      agent.syncFully();
      assertThat(cluster.takeWritten()).isEmpty();

      agent.member = true;
      agent.syncFully();
      assertThat(agent.catalogServices()).containsOnlyKeys("web");
    }
  }
}
