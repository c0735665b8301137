package org.comitia.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.HostAndPort;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.comitia.it.Await;
import org.comitia.it.OnThreeServers;
import org.comitia.it.ThreeServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kiwiproject.consul.AgentClient;
import org.kiwiproject.consul.Consul;
import org.kiwiproject.consul.ConsulException;
import org.kiwiproject.consul.KeyValueClient;
import org.kiwiproject.consul.NotRegisteredException;
import org.kiwiproject.consul.SessionClient;
import org.kiwiproject.consul.cache.KVCache;
import org.kiwiproject.consul.cache.ServiceHealthCache;
import org.kiwiproject.consul.model.State;
import org.kiwiproject.consul.model.event.Event;
import org.kiwiproject.consul.model.health.HealthCheck;
import org.kiwiproject.consul.model.health.Node;
import org.kiwiproject.consul.model.health.ServiceHealth;
import org.kiwiproject.consul.model.kv.ImmutableOperation;
import org.kiwiproject.consul.model.kv.Operation;
import org.kiwiproject.consul.model.kv.Value;
import org.kiwiproject.consul.model.kv.Verb;
import org.kiwiproject.consul.model.session.ImmutableSession;
import org.kiwiproject.consul.option.ImmutablePutOptions;
import org.kiwiproject.consul.option.Options;
import org.kiwiproject.consul.util.LeaderElectionUtil;

/** {@code org.kiwiproject:consul-client}, one client on each server. */
@OnThreeServers
class KiwiConsulClientIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static ThreeServers servers;
  private static Consul one;
  private static Consul two;
  private static Consul three;

  @BeforeAll
  static void connect(ThreeServers running) {
    servers = running;
    one = client(1);
    two = client(2);
    three = client(3);
  }

  /** {@code build()} asks the agent for its leader: a client that is made has been answered. */
  private static Consul client(int server) {
    return Consul.builder()
        .withHostAndPort(HostAndPort.fromString(servers.address(server)))
        // Its caches want more than their watch of 10 s.
        .withReadTimeoutMillis(15_000)
        .build();
  }

  @AfterAll
  static void disconnect() {
    for (Consul client : new Consul[] {one, two, three}) {
      if (client != null) {
        client.destroy();
      }
    }
  }

  @Test
  void keysAreReadOnOneServerAsTheyWereWrittenOnAnother() {
    KeyValueClient here = one.keyValueClient();
    KeyValueClient there = three.keyValueClient();
    assertThat(here.putValue("kiwi/plain/a key", "ä value", 42L)).isTrue();
    Value value = there.getValue("kiwi/plain/a key").orElseThrow();
    assertThat(value.getValueAsString()).hasValue("ä value");
    assertThat(value.getFlags()).isEqualTo(42L);

    assertThat(put(there, "kiwi/plain/a key", "second", value.getModifyIndex())).isTrue();
    assertThat(put(there, "kiwi/plain/a key", "third", value.getModifyIndex())).isFalse();
    assertThat(here.getValueAsString("kiwi/plain/a key")).hasValue("second");

    assertThat(here.putValue("kiwi/plain/b/deep", "1")).isTrue();
    assertThat(there.getKeys("kiwi/plain/", "/"))
        .containsExactly("kiwi/plain/a key", "kiwi/plain/b/");
    assertThat(there.getValuesAsString("kiwi/plain/")).containsExactly("second", "1");
    there.deleteKeys("kiwi/plain/");
    assertThat(here.getValues("kiwi/plain/")).isEmpty();
    assertThat(here.getValue("kiwi/plain/a key")).isEmpty();
  }

  private static boolean put(KeyValueClient keys, String key, String value, long index) {
    return keys.putValue(key, value, 0L, ImmutablePutOptions.builder().cas(index).build());
  }

  @Test
  void aTransactionHappensAsAWholeOrNotAtAll() {
    KeyValueClient keys = two.keyValueClient();
    var done =
        keys.performTransaction(
            set("kiwi/txn/a", "1"),
            set("kiwi/txn/b", "2"),
            ImmutableOperation.builder().verb(Verb.GET.toValue()).key("kiwi/txn/a").build());
    assertThat(done.getResponse().errors()).isNullOrEmpty();
    assertThat(done.getResponse().results()).hasSize(3);
    assertThat(done.getResponse().results().get(2).get("KV").getValueAsString()).hasValue("1");

    Operation wrongIndex =
        ImmutableOperation.builder()
            .verb(Verb.CHECK_INDEX.toValue())
            .key("kiwi/txn/b")
            .index(java.math.BigInteger.ONE)
            .build();
    assertThatThrownBy(() -> keys.performTransaction(set("kiwi/txn/a", "changed"), wrongIndex))
        .isInstanceOfSatisfying(ConsulException.class, e -> assertThat(e.getCode()).isEqualTo(409));
    assertThat(one.keyValueClient().getValueAsString("kiwi/txn/a")).hasValue("1");
  }

  private static Operation set(String key, String value) {
    return ImmutableOperation.builder().verb(Verb.SET.toValue()).key(key).value(value).build();
  }

  @Test
  void whoIsElectedStaysLeaderUntilItReleases() {
    LeaderElectionUtil here = new LeaderElectionUtil(one);
    LeaderElectionUtil there = new LeaderElectionUtil(two);
    assertThat(here.electNewLeaderForService("kiwi", "on n1")).hasValue("on n1");
    assertThat(there.electNewLeaderForService("kiwi", "on n2")).hasValue("on n1");
    assertThat(new LeaderElectionUtil(three).getLeaderInfoForService("kiwi")).hasValue("on n1");
    assertThat(here.releaseLockForService("kiwi")).isTrue();
    Await.until(
        "n2 is elected",
        SOON,
        servers::tails,
        () ->
            there.electNewLeaderForService("kiwi", "on n2").equals(java.util.Optional.of("on n2")));
    assertThat(there.releaseLockForService("kiwi")).isTrue();
  }

  @Test
  void aLockIsHeldByASessionAndFreeWhenItIsGone() {
    SessionClient sessions = one.sessionClient();
    KeyValueClient keys = one.keyValueClient();
    String mine =
        sessions
            .createSession(
                ImmutableSession.builder()
                    .name("kiwi")
                    .ttl("30s")
                    .lockDelay("0s")
                    .behavior("delete")
                    .build())
            .getId();
    String other =
        two.sessionClient()
            .createSession(ImmutableSession.builder().name("rival").lockDelay("0s").build())
            .getId();
    assertThat(sessions.getSessionInfo(mine)).isPresent();
    assertThat(sessions.renewSession(mine).orElseThrow().getId()).isEqualTo(mine);

    assertThat(keys.acquireLock("kiwi/lock", "mine", mine)).isTrue();
    assertThat(two.keyValueClient().acquireLock("kiwi/lock", "other's", other)).isFalse();
    assertThat(two.keyValueClient().getSession("kiwi/lock")).hasValue(mine);
    assertThat(keys.releaseLock("kiwi/lock", mine)).isTrue();
    assertThat(two.keyValueClient().acquireLock("kiwi/lock", "other's", other)).isTrue();
    assertThat(two.keyValueClient().releaseLock("kiwi/lock", other)).isTrue();
    assertThat(keys.acquireLock("kiwi/lock", "mine", mine)).isTrue();

    sessions.destroySession(mine);
    assertThat(keys.getValue("kiwi/lock")).as("behavior delete").isEmpty();
    assertThat(sessions.getSessionInfo(mine)).isEmpty();
    two.sessionClient().destroySession(other);
  }

  @Test
  void aServiceWithATtlCheckIsFoundWhileItPasses() throws Exception {
    AgentClient agent = one.agentClient();
    try (ServiceHealthCache cache = ServiceHealthCache.newCache(three.healthClient(), "kiwi-web")) {
      cache.start();
      assertThat(cache.awaitInitialized(20, TimeUnit.SECONDS)).as(servers.tails()).isTrue();
      assertThat(cache.getMap()).isEmpty();

      agent.register(
          8080, 600L, "kiwi-web", "kiwi-web-1", List.of("v1", "blue"), Map.of("zone", "a"));
      assertThat(agent.isRegistered("kiwi-web-1")).isTrue();
      assertThat(agent.getServices()).containsKey("kiwi-web-1");
      awaitStatus("kiwi-web", State.FAIL);

      agent.pass("kiwi-web-1", "all well");
      awaitCached(cache, 1);
      ServiceHealth found = cache.getMap().values().iterator().next();
      assertThat(found.getService().getPort()).isEqualTo(8080);
      assertThat(found.getService().getTags()).containsExactly("v1", "blue");
      assertThat(found.getService().getMeta()).containsEntry("zone", "a");
      assertThat(found.getNode().getNode()).isEqualTo(agent.getAgent().getConfig().getNodeName());
      assertThat(two.catalogClient().getServices().getResponse().get("kiwi-web"))
          .containsExactlyInAnyOrder("v1", "blue");
      assertThat(two.catalogClient().getService("kiwi-web").getResponse()).hasSize(1);

      agent.fail("kiwi-web-1");
      awaitCached(cache, 0);
      agent.pass("kiwi-web-1");
      awaitCached(cache, 1);
      agent.deregister("kiwi-web-1");
      awaitCached(cache, 0);
    }
    assertThat(agent.isRegistered("kiwi-web-1")).isFalse();
    assertThatThrownBy(() -> agent.pass("kiwi-web-1")).isInstanceOf(NotRegisteredException.class);
  }

  private static void awaitStatus(String service, State status) {
    Await.until(
        service + " is " + status.getName() + " on n2",
        SOON,
        servers::tails,
        () -> {
          List<HealthCheck> checks = two.healthClient().getServiceChecks(service).getResponse();
          return checks.size() == 1 && checks.get(0).getStatus().equals(status.getName());
        });
  }

  private static void awaitCached(ServiceHealthCache cache, int instances) {
    Await.until(
        "the cache holds " + instances + " instances",
        SOON,
        () -> cache.getMap() + "\n" + servers.tails(),
        () -> cache.getMap().size() == instances);
  }

  @Test
  void aCacheFollowsItsKeys() throws Exception {
    KeyValueClient keys = one.keyValueClient();
    keys.putValue("kiwi/cache/a", "1");
    try (KVCache cache = KVCache.newCache(two.keyValueClient(), "kiwi/cache/", 10)) {
      cache.start();
      assertThat(cache.awaitInitialized(20, TimeUnit.SECONDS)).as(servers.tails()).isTrue();
      assertThat(cache.getMap()).containsOnlyKeys("a");
      keys.putValue("kiwi/cache/b", "2");
      Await.until("b is seen", SOON, servers::tails, () -> cache.getMap().keySet().contains("b"));
      keys.deleteKey("kiwi/cache/a");
      Await.until(
          "a is seen to go", SOON, servers::tails, () -> !cache.getMap().keySet().contains("a"));
      assertThat(cache.getMap().get("b").getValueAsString()).hasValue("2");
    }
    keys.deleteKeys("kiwi/cache");
  }

  @Test
  void theCatalogShowsNodesAndTakesOnesThatHaveNoAgent() {
    assertThat(one.catalogClient().getDatacenters()).containsExactly("dc1");
    assertThat(one.catalogClient().getNodes().getResponse())
        .extracting(Node::getNode)
        .containsAll(servers.names());
    assertThat(one.statusClient().getPeers()).hasSize(3);
    assertThat(two.healthClient().getNodeChecks("n1").getResponse())
        .extracting(HealthCheck::getCheckId)
        .contains("serfHealth");
    assertThat(three.agentClient().getMembers()).hasSize(3);
    assertThat(
            one.healthClient()
                .getChecksByState(State.PASS, Options.BLANK_QUERY_OPTIONS)
                .getResponse())
        .extracting(HealthCheck::getCheckId)
        .contains("serfHealth");
  }

  @Test
  void anEventIsSeenOnEveryServer() {
    Event fired = one.eventClient().fireEvent("kiwi-deploy", "v2");
    Await.until(
        "the event is seen on n3",
        SOON,
        servers::tails,
        () ->
            three.eventClient().listEvents("kiwi-deploy").getEvents().stream()
                .anyMatch(seen -> seen.getId().equals(fired.getId())));
  }
}
