package org.comitia.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.consul.CheckOptions;
import io.vertx.ext.consul.ConsulClient;
import io.vertx.ext.consul.ConsulClientOptions;
import io.vertx.ext.consul.Event;
import io.vertx.ext.consul.EventOptions;
import io.vertx.ext.consul.KeyValue;
import io.vertx.ext.consul.KeyValueOptions;
import io.vertx.ext.consul.Node;
import io.vertx.ext.consul.PreparedQueryDefinition;
import io.vertx.ext.consul.Service;
import io.vertx.ext.consul.ServiceEntryList;
import io.vertx.ext.consul.ServiceOptions;
import io.vertx.ext.consul.Session;
import io.vertx.ext.consul.SessionBehavior;
import io.vertx.ext.consul.SessionOptions;
import io.vertx.ext.consul.TxnKVOperation;
import io.vertx.ext.consul.TxnKVVerb;
import io.vertx.ext.consul.TxnRequest;
import io.vertx.ext.consul.TxnResponse;
import io.vertx.ext.consul.Watch;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.comitia.it.Await;
import org.comitia.it.OnThreeServers;
import org.comitia.it.ThreeServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code io.vertx:vertx-consul-client}: everything asynchronous, watches included. */
@OnThreeServers
class VertxConsulClientIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static ThreeServers servers;
  private static Vertx vertx;
  private static ConsulClient one;
  private static ConsulClient two;

  @BeforeAll
  static void connect(ThreeServers running) {
    servers = running;
    vertx = Vertx.vertx();
    one = ConsulClient.create(vertx, at(1));
    two = ConsulClient.create(vertx, at(2));
  }

  private static ConsulClientOptions at(int server) {
    return new ConsulClientOptions()
        .setHost(servers.host(server))
        .setPort(ThreeServers.PORT)
        .setTimeout(20_000);
  }

  @AfterAll
  static void disconnect() throws Exception {
    if (vertx != null) {
      one.close();
      two.close();
      done(vertx.close());
    }
  }

  private static <T> T done(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @Test
  void keysAreWatchedReadAndChangedUnderCondition() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>();
    Watch<KeyValue> watch =
        Watch.key("vertx/watched", vertx, at(2))
            .setHandler(
                result -> {
                  if (result.succeeded() && result.nextResult().isPresent()) {
                    seen.set(result.nextResult().getValue());
                  }
                })
            .start();
    try {
      assertThat(done(one.getValue("vertx/watched")).isPresent()).isFalse();
      for (String value : List.of("first", "second")) {
        assertThat(done(one.putValue("vertx/watched", value))).isTrue();
        awaitSeen(seen, value);
      }
    } finally {
      watch.stop();
    }
    KeyValue read = done(two.getValue("vertx/watched"));
    assertThat(read.getValue()).isEqualTo("second");
    KeyValueOptions stale = new KeyValueOptions().setCasIndex(read.getCreateIndex());
    assertThat(done(two.putValueWithOptions("vertx/watched", "third", stale))).isFalse();
    KeyValueOptions fresh = new KeyValueOptions().setCasIndex(read.getModifyIndex()).setFlags(7);
    assertThat(done(two.putValueWithOptions("vertx/watched", "third", fresh))).isTrue();
    assertThat(done(one.getKeys("vertx/watched"))).containsExactly("vertx/watched");
    KeyValue last = done(one.getValues("vertx/watched")).getList().get(0);
    assertThat(last.getValue()).isEqualTo("third");
    assertThat(last.getFlags()).isEqualTo(7);
    done(one.deleteValues("vertx/"));
    assertThat(done(two.getValues("vertx/")).isPresent()).isFalse();
  }

  private static void awaitSeen(AtomicReference<?> seen, Object value) {
    Await.until(
        "the watch sees " + value,
        SOON,
        () -> "it saw " + seen.get() + "\n" + servers.tails(),
        () -> value.equals(seen.get()));
  }

  @Test
  void aLockBelongsToASession() throws Exception {
    SessionOptions options =
        new SessionOptions()
            .setName("vertx")
            .setTtl(30)
            .setLockDelay(0)
            .setBehavior(SessionBehavior.RELEASE);
    String mine = done(one.createSessionWithOptions(options));
    String other = done(two.createSessionWithOptions(options));
    Session info = done(two.infoSession(mine));
    assertThat(info.getId()).isEqualTo(mine);
    assertThat(info.getNode()).isEqualTo("n1");
    assertThat(done(one.renewSession(mine)).getId()).isEqualTo(mine);
    assertThat(done(one.listSessions()).getList()).extracting(Session::getId).contains(mine, other);
    assertThat(done(one.listNodeSessions("n1")).getList())
        .extracting(Session::getId)
        .contains(mine)
        .doesNotContain(other);

    assertThat(lock(one, mine)).isTrue();
    assertThat(lock(two, other)).isFalse();
    assertThat(done(two.getValue("vertx-lock")).getSession()).isEqualTo(mine);
    done(one.destroySession(mine));
    KeyValue free = done(two.getValue("vertx-lock"));
    assertThat(free.isPresent()).as("behavior release keeps the key").isTrue();
    assertThat(free.getSession()).isNullOrEmpty();
    Await.until("the other gets it", SOON, servers::tails, () -> lock(two, other));
    assertThat(
            done(
                two.putValueWithOptions(
                    "vertx-lock", "", new KeyValueOptions().setReleaseSession(other))))
        .isTrue();
    done(two.destroySession(other));
  }

  private static boolean lock(ConsulClient client, String session) throws Exception {
    KeyValueOptions acquire = new KeyValueOptions().setAcquireSession(session);
    return done(client.putValueWithOptions("vertx-lock", "held", acquire));
  }

  @Test
  void aTransactionHappensAsAWholeOrNotAtAll() throws Exception {
    TxnRequest both =
        new TxnRequest()
            .addOperation(set("vertx-txn/a", "1"))
            .addOperation(set("vertx-txn/b", "2"));
    assertThat(done(one.transaction(both)).getErrors()).isNullOrEmpty();
    assertThat(done(two.getValues("vertx-txn/")).getList())
        .extracting(KeyValue::getValue)
        .containsExactly("1", "2");

    TxnResponse refused =
        done(
            one.transaction(
                new TxnRequest()
                    .addOperation(set("vertx-txn/a", "changed"))
                    .addOperation(
                        new TxnKVOperation()
                            .setType(TxnKVVerb.CHECK_INDEX)
                            .setKey("vertx-txn/b")
                            .setIndex(1))));
    assertThat(refused.getErrors()).hasSize(1);
    assertThat(refused.getError(0).getOpIndex()).isEqualTo(1);
    assertThat(done(two.getValue("vertx-txn/a")).getValue()).isEqualTo("1");
  }

  private static TxnKVOperation set(String key, String value) {
    return new TxnKVOperation().setType(TxnKVVerb.SET).setKey(key).setValue(value);
  }

  @Test
  void aServiceIsRegisteredWatchedAndFound() throws Exception {
    AtomicInteger passing = new AtomicInteger(-1);
    Watch<ServiceEntryList> watch =
        Watch.service("vertx-web", vertx, at(2))
            .setHandler(
                result -> {
                  if (result.succeeded()) {
                    passing.set(passing(result.nextResult()));
                  }
                })
            .start();
    try {
      done(
          one.registerService(
              new ServiceOptions()
                  .setId("vertx-web-1")
                  .setName("vertx-web")
                  .setTags(List.of("v1"))
                  .setAddress("127.0.0.1")
                  .setPort(8080)
                  .setCheckOptions(new CheckOptions().setTtl("10m").setName("alive"))));
      done(one.passCheck("service:vertx-web-1"));
      awaitPassing(passing, 1);
      assertThat(done(one.localServices())).extracting(Service::getId).contains("vertx-web-1");
      Service found = done(two.healthServiceNodes("vertx-web", true)).getList().get(0).getService();
      assertThat(found.getPort()).isEqualTo(8080);
      assertThat(found.getTags()).containsExactly("v1");
      assertThat(done(two.catalogServices()).getList())
          .extracting(Service::getName)
          .contains("vertx-web");
      assertThat(done(two.catalogServiceNodes("vertx-web")).getList())
          .extracting(Service::getNode)
          .containsExactly("n1");
      assertThat(done(two.catalogNodes()).getList())
          .extracting(Node::getName)
          .containsAll(servers.names());

      done(one.failCheckWithNote("service:vertx-web-1", "broken"));
      awaitPassing(passing, 0);
      assertThat(done(two.healthChecks("vertx-web")).getList().get(0).getOutput())
          .isEqualTo("broken");
      done(one.deregisterService("vertx-web-1"));
    } finally {
      watch.stop();
    }
    Await.until(
        "the service is gone from n2's catalog",
        SOON,
        servers::tails,
        () -> done(two.catalogServiceNodes("vertx-web")).getList().isEmpty());
  }

  private static int passing(ServiceEntryList entries) {
    return (int)
        entries.getList().stream()
            .filter(
                entry ->
                    entry.getChecks().stream()
                        .allMatch(
                            check -> check.getStatus() == io.vertx.ext.consul.CheckStatus.PASSING))
            .count();
  }

  private static void awaitPassing(AtomicInteger passing, int wanted) {
    Await.until(
        "the watch sees " + wanted + " passing instances",
        SOON,
        () -> "it saw " + passing.get() + "\n" + servers.tails(),
        () -> passing.get() == wanted);
  }

  @Test
  void anEventReachesTheOtherServers() throws Exception {
    Event fired =
        done(one.fireEventWithOptions("vertx-deploy", new EventOptions().setPayload("v2")));
    assertThat(fired.getName()).isEqualTo("vertx-deploy");
    Await.until(
        "the event is seen on n2",
        SOON,
        servers::tails,
        () ->
            done(two.listEvents()).getList().stream()
                .anyMatch(
                    seen -> seen.getId().equals(fired.getId()) && "v2".equals(seen.getPayload())));
  }

  @Test
  void aPreparedQueryIsStoredAndExecuted() throws Exception {
    try (LocalService service =
        new LocalService(servers.http(1), "vertx-db", "vertx-db-1", "127.0.0.9", 5432)) {
      service.passes();
      String id =
          done(
              one.createPreparedQuery(
                  new PreparedQueryDefinition()
                      .setName("vertx-find-db")
                      .setService("vertx-db")
                      .setPassing(true)));
      assertThat(done(two.getPreparedQuery(id)).getName()).isEqualTo("vertx-find-db");
      assertThat(done(two.getAllPreparedQueries()))
          .extracting(PreparedQueryDefinition::getId)
          .contains(id);
      Await.until(
          "the query finds the service by its name",
          SOON,
          servers::tails,
          () -> {
            var nodes = done(two.executePreparedQuery("vertx-find-db")).getNodes();
            return nodes.size() == 1 && nodes.get(0).getService().getPort() == 5432;
          });
      done(two.deletePreparedQuery(id));
      assertThatThrownBy(() -> done(one.getPreparedQuery(id)))
          .isInstanceOf(ExecutionException.class);
    }
  }
}
