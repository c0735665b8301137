package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.cluster.Member.Status;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.Keyring;
import org.jgroups.Address;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The keys of members that run are changed at all of them. */
@Timeout(120)
class KeyringExchangeTest {
  private static final EncryptionKey OLD = key();
  private static final EncryptionKey NEW = key();
  private static final String MISSING = "requested key is not in the keyring";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final Handler handler = new Told(line -> told.add(String.valueOf(line.getMessage())));

  private static EncryptionKey key() {
    return EncryptionKey.parse(EncryptionKey.generate());
  }

  @BeforeEach
  void listen() {
    Logger.getLogger("serf").addHandler(handler);
  }

  @AfterEach
  void closeAll() throws Exception {
    Logger.getLogger("serf").removeHandler(handler);
    for (AutoCloseable one : opened) {
      one.close();
    }
    assertThat(told).noneMatch(line -> line.contains(OLD.base64()) || line.contains(NEW.base64()));
  }

  private Agent agent(String name, String ip, EncryptionKey... keys) throws Exception {
    return agent(name, ip, keys.length == 0 ? null : new KeyedTls(List.of(keys)));
  }

  private Agent agent(String name, String ip, KeyedTls tls) throws Exception {
    Agent agent = Agent.encrypted(name, ip, ip, Agent.freePort(ip), tls);
    opened.add(agent);
    return agent.start();
  }

  private static void joined(Agent first, Agent... others) throws InterruptedException {
    List<String> names = new ArrayList<>(List.of(first.name));
    for (Agent other : others) {
      assertThat(first.join(other).error()).isNull();
      names.add(other.name);
    }
    await("all see all", () -> first.alive().equals(names));
    for (Agent other : others) {
      await("all see all", () -> other.alive().equals(names));
    }
  }

  private static KeyringReply ask(Agent agent, KeyOperation operation, EncryptionKey key) {
    byte[] bytes = key == null ? new byte[0] : key.bytes();
    return done(agent.membership.keyring(operation, bytes));
  }

  private static KeyringReply done(CompletionStage<KeyringReply> asked) {
    try {
      return asked.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no outcome", e);
    }
  }

  private static void succeeds(Agent agent, KeyOperation operation, EncryptionKey key, int nodes) {
    assertThat(ask(agent, operation, key))
        .isEqualTo(new KeyringReply(null, Map.of(), Map.of(), Map.of(), nodes, ""));
  }

  private static boolean isRenewed(Agent from, Agent to) {
    ChannelSockets sockets = (ChannelSockets) from.tcp().getSocketFactory();
    try {
      return from.tcp().isConnectedTo(new IpAddress(to.ip, to.port))
          && !sockets.outdated().contains(new InetSocketAddress(to.ip, to.port));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aKeyIsRotatedAndNobodyIsLost() throws Exception {
    Agent a = agent("a", "127.0.64.41", OLD);
    Agent b = agent("b", "127.0.64.42", OLD);
    Agent c = agent("c", "127.0.64.43", OLD);
    List<Agent> all = List.of(a, b, c);
    joined(a, b, c);

    succeeds(b, KeyOperation.INSTALL, NEW, 3);
    assertThat(ask(c, KeyOperation.LIST, null))
        .isEqualTo(
            new KeyringReply(
                null,
                Map.of(),
                Map.of(OLD.base64(), 3, NEW.base64(), 3),
                Map.of(OLD.base64(), 3),
                3,
                ""));
    succeeds(c, KeyOperation.USE, NEW, 3);
    succeeds(a, KeyOperation.REMOVE, OLD, 3);
    KeyringReply listed = ask(a, KeyOperation.LIST, null);
    assertThat(listed.keys()).isEqualTo(Map.of(NEW.base64(), 3)).isEqualTo(listed.primaryKeys());
    assertThat(listed.toString()).doesNotContain(NEW.base64());

    for (Agent from : all) {
      for (Agent to : all) {
        await("new connections", () -> from == to || isRenewed(from, to));
      }
    }
    Agent late = agent("d", "127.0.64.44", NEW);
    assertThat(a.join(late).error()).isNull();
    await("the newcomer", () -> late.alive().equals(List.of("a", "b", "c", "d")));
    Agent behind = agent("e", "127.0.64.45", OLD);
    assertThat(a.join(behind).error()).startsWith("COM2029: ");
    for (Agent agent : all) {
      assertThat(agent.heard)
          .noneMatch(members -> members.stream().anyMatch(m -> m.status() != Status.ALIVE));
    }
  }

  @Test
  void whoCannotDoItIsNamedAndItCanBeMended() throws Exception {
    Agent a = agent("a", "127.0.64.41", OLD, NEW);
    Agent b = agent("b", "127.0.64.42", OLD, NEW);
    Agent behind = agent("c", "127.0.64.43", OLD);
    joined(a, b, behind);

    assertThat(ask(a, KeyOperation.USE, NEW))
        .isEqualTo(
            new KeyringReply(
                null, Map.of("c", MISSING), Map.of(), Map.of(), 3, "1/3 nodes reported failure"));
    KeyringReply listed = ask(a, KeyOperation.LIST, null);
    assertThat(listed.keys()).isEqualTo(Map.of(OLD.base64(), 3, NEW.base64(), 2));
    assertThat(listed.primaryKeys()).isEqualTo(Map.of(OLD.base64(), 1, NEW.base64(), 2));
    succeeds(behind, KeyOperation.INSTALL, NEW, 3);
    succeeds(a, KeyOperation.USE, NEW, 3);

    assertThat(ask(a, KeyOperation.REMOVE, NEW))
        .returns("3/3 nodes reported failure", KeyringReply::error)
        .extracting(KeyringReply::messages)
        .isEqualTo(
            Map.of(
                "a", "removing the primary key is not allowed",
                "b", "removing the primary key is not allowed",
                "c", "removing the primary key is not allowed"));
  }

  @Test
  void whoHasNoKeySaysSo() throws Exception {
    Agent a = agent("a", "127.0.64.41");
    Agent b = agent("b", "127.0.64.42");
    joined(a, b);
    String none = "No keyring to modify (encryption not enabled)";
    assertThat(ask(a, KeyOperation.INSTALL, NEW))
        .returns("2/2 nodes reported failure", KeyringReply::error)
        .returns(Map.of("a", none, "b", none), KeyringReply::messages);
    assertThat(ask(b, KeyOperation.LIST, null).messages())
        .containsEntry("a", "Keyring is empty (encryption not enabled)");
    assertThat(done(a.membership.keyring(KeyOperation.INSTALL, new byte[3])).error())
        .isEqualTo("key size must be 16, 24 or 32 bytes");
    a.membership.leave();
    assertThat(ask(a, KeyOperation.LIST, null).refusal()).contains("serf port is closed");
    a.close();
    assertThat(ask(a, KeyOperation.LIST, null).refusal()).isEqualTo("this agent is not running");
  }

  @Test
  void whoseConnectionsMayBePlainPassesOnNoKeys() throws Exception {
    KeyedTls.Demand notYet = new KeyedTls.Demand(false, true);
    Agent a = agent("a", "127.0.64.41", new KeyedTls(List.of(OLD), notYet));
    Agent b = agent("b", "127.0.64.42", OLD);
    joined(a, b);
    assertThat(ask(a, KeyOperation.LIST, null).error()).startsWith("COM2035: ");
    KeyringReply installed = ask(b, KeyOperation.INSTALL, NEW);
    assertThat(installed.error()).isEqualTo("1/2 nodes reported failure");
    assertThat(installed.messages()).containsOnlyKeys("a");
    assertThat(installed.messages().get("a")).startsWith("COM2035: ");
  }

  @Test
  void whoDoesNotKnowItselfAsksNobody() throws Exception {
    Agent a = agent("a", "127.0.64.41", OLD);
    AtomicReference<KeyringExchange> ours = new AtomicReference<>();
    try (MembershipThread thread = new MembershipThread(() -> ours.get().expire(), () -> true)) {
      ours.set(exchange(a, thread, Duration.ofSeconds(1)));
      thread.start(Thread::new, failure -> {});
      KeyringReply reply = done(ours.get().ask(KeyOperation.LIST, new byte[0], Map::of));
      assertThat(reply.refusal()).startsWith("COM2043: ");
    }
  }

  @Test
  void whoDoesNotAnswerIsNamedWhenTheTimeIsUp() throws Exception {
    Agent a = agent("a", "127.0.64.41", OLD);
    Address silent = UUID.randomUUID();
    AtomicReference<KeyringExchange> ours = new AtomicReference<>();
    try (MembershipThread thread = new MembershipThread(() -> ours.get().expire(), () -> true)) {
      ours.set(exchange(a, thread, Duration.ofSeconds(1)));
      thread.start(Thread::new, failure -> {});
      Address self = a.membership.channel().address();
      KeyringReply reply =
          done(
              ours.get()
                  .ask(
                      KeyOperation.LIST,
                      new byte[0],
                      () -> Map.of(self, "a", silent, "an older one")));
      assertThat(reply.error()).isEqualTo("1/2 nodes reported success");
      assertThat(reply.nodes()).isEqualTo(2);
      assertThat(reply.messages()).containsOnlyKeys("an older one");
      assertThat(reply.messages().get("an older one")).startsWith("COM2036: no answer within 1 s");
      assertThat(reply.keys()).isEqualTo(Map.of(OLD.base64(), 1));
    }
  }

  @Test
  void operationsUnderwayAreBoundedAndEndWithTheAgent() throws Exception {
    Agent a = agent("a", "127.0.64.41", OLD);
    AtomicReference<KeyringExchange> ours = new AtomicReference<>();
    try (MembershipThread thread = new MembershipThread(() -> ours.get().expire(), () -> true)) {
      ours.set(exchange(a, thread, Duration.ofHours(1)));
      thread.start(Thread::new, failure -> {});
      Address self = a.membership.channel().address();
      Map<Address, String> silent = Map.of(self, "a", UUID.randomUUID(), "silent");
      List<CompletionStage<KeyringReply>> all = new ArrayList<>();
      for (int i = 0; i < KeyringExchange.MAX_ROUNDS; i++) {
        all.add(ours.get().ask(KeyOperation.LIST, new byte[0], () -> silent));
      }
      assertThat(done(ours.get().ask(KeyOperation.LIST, new byte[0], () -> silent)).refusal())
          .startsWith("COM2032: ");
      assertThat(all).noneMatch(one -> one.toCompletableFuture().isDone());
      ours.get().close();
      for (CompletionStage<KeyringReply> one : all) {
        assertThat(done(one).refusal()).isEqualTo("this agent is not running");
      }
    }
  }

  @Test
  void whoHasNoThreadForItSaysSo() throws Exception {
    Agent a = agent("a", "127.0.64.41", OLD);
    AtomicReference<KeyringExchange> ours = new AtomicReference<>();
    try (MembershipThread thread = new MembershipThread(() -> ours.get().expire(), () -> true)) {
      KeyringExchange busy =
          new KeyringExchange(
              null,
              thread,
              task -> {
                throw new RejectedExecutionException();
              },
              Duration.ofHours(1));
      busy.use(a.membership.channel());
      ours.set(busy);
      thread.start(Thread::new, failure -> {});
      Address self = a.membership.channel().address();
      assertThat(done(busy.ask(KeyOperation.LIST, new byte[0], () -> Map.of(self, "a"))))
          .returns("1/1 nodes reported failure", KeyringReply::error)
          .extracting(reply -> reply.messages().get("a"))
          .asString()
          .startsWith("COM2033: ");
    }
  }

  private static KeyringExchange exchange(Agent agent, MembershipThread thread, Duration patience) {
    KeyringExchange exchange =
        new KeyringExchange(
            new Keyring(new KeyedTls(List.of(OLD)), null), thread, agent.executor, patience);
    exchange.use(agent.membership.channel());
    return exchange;
  }
}
