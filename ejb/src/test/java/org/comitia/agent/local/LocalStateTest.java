package org.comitia.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.local.LocalState.Source;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalStateTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Node NODE =
      new Node(LocalAgent.ID, "n1", "10.0.0.1", "dc1", Map.of(), Map.of("a", "b"), 0, 0);

  private final LocalState state = new LocalState(NODE);

  private static Service service(String id, String... tags) {
    return new Service(
        "n1", id, id, List.of(tags), "", Map.of(), Map.of(), 1, 1, 1, tags.length > 0, 0, 0);
  }

  private static Check check(String id, String service, String status) {
    return new Check("n1", id, id, status, "", "", service, "", List.of(), "ttl", 0, 0);
  }

  private static CheckSpec spec(String id, String deregisterAfter) throws Exception {
    return Definitions.check(
        Map.of("Name", id, "TTL", "10s", "DeregisterCriticalServiceAfter", deregisterAfter));
  }

  private List<String> sync() {
    List<CatalogChange> changes = state.unsynced(false);
    changes.forEach(change -> change.done().run());
    return changes.stream().flatMap(change -> change.lines().stream()).toList();
  }

  @Test
  void aServiceGoesWithItsChecksInOneWrite() {
    state.putService(service("web"), Source.API, true);
    state.putCheck(check("c1", "web", "passing"), null, Source.API, true);
    state.putCheck(check("disk", "", "passing"), null, Source.API, true);

    List<CatalogChange> changes = state.unsynced(false);

    Command.Register first = (Command.Register) changes.get(0).command();
    assertThat(first.service().id()).isEqualTo("web");
    assertThat(first.checks()).extracting(Check::id).containsExactly("c1");
    assertThat(first.checks().get(0).serviceName()).isEqualTo("web");
    assertThat(first.skipNodeUpdate()).as("nobody knows what the catalog has").isFalse();
    assertThat(sync()).containsExactly("Synced service: service=web", "Synced check: check=disk");
    assertThat(sync()).isEmpty();
  }

  /** What others see is changed row by row, never made anew: it must not fall behind. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatOthersSeeIsWhatIsRegistered(long seed) {
    Random random = new Random(seed);
    List<String> ids = List.of("web", "WEB", "db", "Db", "cache");
    for (int i = 0; i < 2_000; i++) {
      String id = ids.get(random.nextInt(ids.size()));
      String other = ids.get(random.nextInt(ids.size()));
      Map<String, Service> services = state.shownServices();
      long version = state.version();
      switch (random.nextInt(6)) {
        case 0 -> state.putService(service(id, other), Source.API, true);
        case 1 -> state.removeService(id);
        case 2 -> state.putCheck(check(id, other, "critical"), null, Source.API, true);
        case 3 -> state.removeCheck(id);
        case 4 -> state.update(id, random.nextBoolean() ? "passing" : "critical", other, i, 0);
        default -> state.compare(NODE, List.of(service(id, "theirs")), List.of());
      }
      assertThat(state.shownServices().values())
          .containsExactlyInAnyOrderElementsOf(state.services());
      assertThat(state.shownChecks().values()).containsExactlyInAnyOrderElementsOf(state.checks());
      state.shownServices().forEach((key, shown) -> assertThat(key).isEqualTo(shown.id()));
      state.shownChecks().forEach((key, shown) -> assertThat(key).isEqualTo(shown.id()));
      if (state.version() == version) {
        assertThat(state.shownServices()).isSameAs(services);
      }
    }
  }

  @Test
  void manyChecksAreSeveralWrites() {
    state.putService(service("web"), Source.API, true);
    for (int i = 0; i < 150; i++) {
      state.putCheck(check("c" + i, "web", "passing"), null, Source.API, true);
    }

    assertThat(state.unsynced(false))
        .extracting(change -> ((Command.Register) change.command()).checks().size())
        .containsExactly(64, 64, 22);
  }

  @Test
  void whatChangedWhileItWasWrittenIsWrittenAgain() {
    state.putService(service("web"), Source.API, true);
    List<CatalogChange> changes = state.unsynced(false);
    state.putService(service("web", "new"), Source.API, true);
    changes.forEach(change -> change.done().run());

    assertThat(sync()).containsExactly("Synced service: service=web");
  }

  @Test
  void whatTheCatalogLacksHasTooMuchOrDifferentIsRepaired() {
    state.putService(service("same"), Source.API, false);
    state.putService(service("lost"), Source.API, false);
    state.putService(service("different"), Source.API, false);
    state.putCheck(check("c", "same", "passing"), null, Source.API, false);
    Service changed =
        new Service(
            "n1",
            "different",
            "different",
            List.of("x"),
            "",
            Map.of(),
            Map.of(),
            1,
            1,
            1,
            false,
            3,
            4);

    state.compare(
        NODE,
        List.of(service("same").at(1, 2), changed, service("alien"), service("consul")),
        List.of(
            check("c", "same", "critical"),
            check("serfHealth", "", "passing"),
            check("alien-check", "alien", "passing"),
            check("other", "", "passing")));

    assertThat(sync())
        .containsExactlyInAnyOrder(
            "Deregistered service: service=alien",
            "Deregistered check: check=other",
            "Synced service: service=different",
            "Synced service: service=lost",
            "Synced check: check=c");
    assertThat(sync()).as("the check of the alien service went with it").isEmpty();
  }

  @Test
  void anUnknownOrDifferentNodeIsWritten() {
    state.compare(null, List.of(), List.of());
    assertThat(sync()).containsExactly("Synced node info");

    state.compare(NODE, List.of(), List.of());
    assertThat(sync()).isEmpty();

    state.setNode(new Node(LocalAgent.ID, "n1", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0));
    assertThat(sync()).containsExactly("Synced node info");
  }

  @Test
  void tagsMayBeOverriddenInTheCatalog() {
    state.putService(service("web", "ours"), Source.API, false);
    state.putCheck(check("c", "web", "passing"), null, Source.API, false);

    state.compare(NODE, List.of(service("web", "theirs")), List.of());

    assertThat(state.service("web").tags()).containsExactly("theirs");
    assertThat(state.check("c").serviceTags()).containsExactly("theirs");
    assertThat(sync()).containsExactly("Synced check: check=c");

    state.putService(service("web", "newer"), Source.API, true);
    state.compare(NODE, List.of(service("web", "theirs")), List.of());
    assertThat(state.service("web").tags()).as("just registered").containsExactly("newer");
  }

  @Test
  void aRemovedServiceIsDeregisteredAndOneThatCameBackIsNot() {
    state.putService(service("web"), Source.API, true);
    state.putCheck(check("c", "web", "passing"), null, Source.API, true);
    sync();

    state.removeCheck("c");
    state.removeService("WEB");
    assertThat(sync()).containsExactly("Deregistered service: service=web");

    state.putService(service("web"), Source.API, true);
    sync();
    state.removeService("web");
    state.putService(service("Web"), Source.API, true);
    assertThat(sync()).containsExactly("Synced service: service=Web");
  }

  @Test
  void aChangedOutputAloneMayWait() {
    state.putCheck(check("c", "", "passing"), null, Source.API, true);
    sync();

    assertThat(state.update("c", "passing", "1", 100, 50)).isTrue();
    assertThat(state.update("c", "passing", "2", 110, 50)).isTrue();
    assertThat(state.update("c", "passing", "2", 120, 50)).as("nothing new").isFalse();
    assertThat(sync()).isEmpty();
    state.compare(NODE, List.of(), List.of(check("c", "", "passing")));
    assertThat(sync()).as("also for a full comparison").isEmpty();

    assertThat(state.releaseOutputs(149)).isFalse();
    assertThat(state.releaseOutputs(150)).isTrue();
    assertThat(sync()).containsExactly("Synced check: check=c");

    state.update("c", "critical", "2", 160, 50);
    assertThat(sync()).as("a status never waits").containsExactly("Synced check: check=c");
  }

  @Test
  void anOutputThatWaitsGoesWithTheNextRegistration() {
    state.putCheck(check("c", "", "passing"), null, Source.API, true);
    sync();
    state.update("c", "passing", "new", 100, 50);

    state.putCheck(state.check("c"), null, Source.API, true);

    assertThat(sync()).containsExactly("Synced check: check=c");
    state.putCheck(state.check("c"), null, Source.API, true);
    assertThat(sync()).as("the same once more").isEmpty();
  }

  @Test
  void aServiceIsOverdueWhenCriticalForLonger() throws Exception {
    state.putService(service("web"), Source.API, true);
    state.putCheck(check("c", "web", "critical"), spec("c", "2m"), Source.API, true);
    long begin = Long.MAX_VALUE - MINUTE.toNanos(); // the clock may wrap
    state.update("c", "critical", "", begin, 0);
    state.update("c", "critical", "still", begin + MINUTE.toNanos(), 0);

    assertThat(state.overdue(begin + 2 * MINUTE.toNanos(), MINUTE)).isEmpty();
    assertThat(state.overdue(begin + 2 * MINUTE.toNanos() + 1, MINUTE))
        .extracting(Check::serviceId)
        .containsExactly("web");

    state.update("c", "warning", "", begin + 1, 0);
    assertThat(state.overdue(begin + 3 * MINUTE.toNanos(), MINUTE)).isEmpty();
  }

  @Test
  void noServiceIsOverdueWithinAMinute() throws Exception {
    state.putService(service("web"), Source.API, true);
    state.putCheck(check("c", "web", "critical"), spec("c", "1s"), Source.API, true);
    state.update("c", "critical", "", 0, 0);

    assertThat(state.overdue(MINUTE.toNanos(), MINUTE)).isEmpty();
    assertThat(state.overdue(MINUTE.toNanos() + 1, MINUTE)).hasSize(1);
  }
}
