package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.comitia.access.Access;
import org.comitia.access.Authorizers;
import org.comitia.access.Resource;
import org.comitia.access.Rule;
import org.comitia.agent.local.LocalServices.Asker;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.agent.local.LocalServices.Result;
import org.comitia.cluster.Caller;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose services and checks somebody may change on an agent. */
class LocalRightsTest {
  @TempDir private Path dataDir;
  private final StateCluster cluster = new StateCluster();

  private static final Asker WEB = asker(new Rule(Resource.SERVICE, "web", false, Access.WRITE));
  private static final Asker NODE = asker(new Rule(Resource.NODE, "n1", false, Access.WRITE));

  private static Asker asker(Rule... rules) {
    return new Asker(
        Authorizers.of(List.of(rules), Access.DENY, false, "accessor"), "secret-of-asker");
  }

  private LocalAgent start() throws Exception {
    return new LocalAgent(cluster, LocalAgent.options(), dataDir);
  }

  private static Outcome join(CompletionStage<Outcome> outcome) {
    return outcome.toCompletableFuture().join();
  }

  private static void denied(CompletionStage<Outcome> outcome) {
    assertThat(join(outcome).result()).isEqualTo(Result.DENIED);
    assertThat(join(outcome).message()).startsWith("Permission denied: token with AccessorID");
  }

  private static void done(CompletionStage<Outcome> outcome) {
    assertThat(join(outcome)).isEqualTo(Outcome.DONE);
  }

  @Test
  void aServiceBelongsToWhoMayWriteIt() throws Exception {
    try (LocalAgent agent = start()) {
      LocalRegistry registry = agent.registry;
      denied(registry.registerService(NODE, Map.of("Name", "web"), false));
      done(registry.registerService(WEB, Map.of("Name", "web", "ID", "w"), false));
      done(registry.registerService(Asker.ANYBODY, Map.of("Name", "db", "ID", "d"), false));
      denied(registry.registerService(WEB, Map.of("Name", "web", "ID", "d"), false));
      denied(registry.deregisterService(WEB, "d"));
      denied(registry.serviceMaintenance(WEB, "d", true, ""));
      done(registry.serviceMaintenance(WEB, "w", true, ""));
      assertThat(registry.view().services().get("d").name()).isEqualTo("db");
      done(registry.deregisterService(WEB, "w"));
      denied(registry.nodeMaintenance(WEB, true, ""));
      done(registry.nodeMaintenance(NODE, true, ""));
    }
  }

  @Test
  void aCheckBelongsToItsServiceOrToTheNode() throws Exception {
    try (LocalAgent agent = start()) {
      LocalRegistry registry = agent.registry;
      done(registry.registerService(WEB, Map.of("Name", "web"), false));
      Map<String, String> ofNode = Map.of("Name", "disk", "TTL", "1h");
      Map<String, String> ofWeb = Map.of("Name", "up", "TTL", "1h", "ServiceID", "web");
      denied(registry.registerCheck(WEB, ofNode));
      done(registry.registerCheck(NODE, ofNode));
      denied(registry.registerCheck(NODE, ofWeb));
      done(registry.registerCheck(WEB, ofWeb));
      denied(registry.updateCheck(WEB, "disk", CheckStatus.PASSING, ""));
      done(registry.updateCheck(WEB, "up", CheckStatus.PASSING, ""));
      denied(registry.registerCheck(WEB, Map.of("Name", "disk", "TTL", "1h", "ServiceID", "web")));
      denied(
          registry.registerService(
              WEB, Map.of("Name", "web", "Check", Map.of("CheckID", "disk", "TTL", "1h")), false));
      denied(registry.deregisterCheck(WEB, "disk"));
      done(registry.deregisterCheck(WEB, "up"));
    }
  }

  /** By the token that it came with, over a restart as well. */
  @Test
  void aServicesTokenWritesItToTheCatalog() throws Exception {
    try (LocalAgent agent = start()) {
      done(agent.registry.registerService(WEB, Map.of("Name", "web"), false));
      agent.settle();
      assertThat(cluster.takeCallers()).contains(Caller.of("secret-of-asker"));
    }
    try (LocalAgent agent = start()) {
      done(agent.registry.serviceMaintenance(WEB, "web", true, ""));
      agent.settle();
      assertThat(cluster.takeCallers()).contains(Caller.of("secret-of-asker"));
    }
  }
}
