package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.UserEvent;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;
import org.comitia.membership.KeyDoubts.Reason;
import org.comitia.wire.proto.MemberTable;
import org.comitia.wire.proto.MembershipFrame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class EncryptedMembershipTest {
  private static final String KEY = EncryptionKey.generate();
  private static final KeyedTls KEYS = keys(KEY);
  private static final KeyedTls OTHERS = keys(EncryptionKey.generate());
  private static final String MARKER = "planted-marker";

  /** Tables: of one connection Linux keeps 6 MiB that came and 4 MiB that go. */
  private static final int MORE_THAN_KERNELS_KEEP = 24;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final Handler handler = new Told(line -> note(line.getMessage()));

  private static KeyedTls keys(String key) {
    return new KeyedTls(List.of(EncryptionKey.parse(key)));
  }

  private void note(String line) {
    if (line != null && line.contains("COM2029: ")) {
      refused.add(line);
    }
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
  }

  private <T extends AutoCloseable> T keep(T one) {
    opened.add(one);
    return one;
  }

  private Agent agent(String name, String ip, KeyedTls keys) throws Exception {
    return agent(name, ip, Agent.freePort(ip), keys);
  }

  private Agent agent(String name, String ip, int port, KeyedTls keys) throws Exception {
    return keep(Agent.encrypted(name, ip, ip, port, keys)).start();
  }

  private static boolean allSee(List<Agent> agents, String... names) {
    return agents.stream().allMatch(agent -> agent.alive().equals(List.of(names)));
  }

  @Test
  void membersWithTheKeyJoinFailComeBackAndLeave() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    Agent b = agent("b", "127.0.64.42", KEYS);
    Agent c = agent("c", "127.0.64.43", KEYS);
    assertThat(a.membership.join(List.of(b.address(), c.address())))
        .allMatch(outcome -> outcome.succeeded());
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    b.kill();
    await("b failed", () -> a.sees(b, Status.FAILED) && c.sees(b, Status.FAILED));
    Agent again = agent("b", b.ip, b.port, KEYS);
    await("b is back", () -> allSee(List.of(a, again, c), "a", "b", "c"));
    again.membership.leave();
    await("b left", () -> a.sees(b, Status.LEFT) && c.sees(b, Status.LEFT));
    assertThat(again.join(a).error()).isNull();
    await("b is back", () -> allSee(List.of(a, again, c), "a", "b", "c"));
    again.close();
    await("no thread", () -> again.threads.stream().noneMatch(Thread::isAlive));
    assertThat(refused).isEmpty();
  }

  /** Without a key, two steps on the way, with it. */
  private static KeyedTls step(int step) {
    List<EncryptionKey> key = List.of(EncryptionKey.parse(KEY));
    return switch (step) {
      case 0 -> null;
      case 1 -> new KeyedTls(key, new KeyedTls.Demand(false, false));
      case 2 -> new KeyedTls(key, new KeyedTls.Demand(false, true));
      default -> KEYS;
    };
  }

  @ParameterizedTest
  @CsvSource({"0,1", "1,0", "1,1", "1,2", "2,1", "2,2", "2,3", "3,2"})
  void neighboursMeetWhileTheFirstKeyIsGivenToACluster(int one, int other) throws Exception {
    Agent a = agent("a", "127.0.64.41", step(one));
    Agent b = agent("b", "127.0.64.42", step(other));
    assertThat(a.join(b).error()).isNull();
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));
    b.kill();
    await("b failed", () -> a.sees(b, Status.FAILED));
    Agent again = agent("b", b.ip, b.port, step(other));
    await("b is back", () -> allSee(List.of(a, again), "a", "b"));
    assertThat(refused).isEmpty();
  }

  @Test
  void whoSkipsAStepIsRefused() throws Exception {
    Agent a = agent("a", "127.0.64.41", step(1));
    Agent b = agent("b", "127.0.64.42", step(3));
    assertThat(a.join(b).error()).startsWith("COM2029: ");
    Agent plain = agent("c", "127.0.64.43", step(0));
    Agent d = agent("d", "127.0.64.44", step(2));
    assertThat(d.join(plain).error()).startsWith("COM2029: ");
  }

  @Test
  void eachOfManyJoinsAllOthersAtOnce() throws Exception {
    List<Agent> all = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      all.add(agent("m" + i, "127.0.64.4" + i, KEYS));
    }
    List<String> addresses = all.stream().map(Agent::address).toList();
    List<Thread> joins =
        all.stream().map(agent -> new Thread(() -> agent.membership.join(addresses))).toList();
    joins.forEach(Thread::start);
    for (Thread join : joins) {
      join.join();
    }
    await("all see all", () -> allSee(all, "m1", "m2", "m3", "m4", "m5", "m6"));
    assertThat(refused).isEmpty();
  }

  @Test
  void eventsAndTablesOfManyFragmentsGoThrough() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    Agent b = agent("b", "127.0.64.42", KEYS);
    Ear ear = new Ear();
    b.membership.gossip().listen(ear);
    assertThat(a.join(b).error()).isNull();
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));
    UserEvent event = event();
    a.membership.gossip().fire(event);
    assertThat(ear.events.poll(20, TimeUnit.SECONDS)).usingRecursiveComparison().isEqualTo(event);
    MembershipFrame table = table("n", 200);
    assertThat(table.getSerializedSize()).isGreaterThan(5 * ChannelStack.FRAGMENT);
    a.membership.channel().send(null, table);
    await("all of it", () -> b.names(Status.FAILED).size() == 200);
  }

  @Test
  void whoHasAnotherKeyIsNotMetAndItIsSaid() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    Agent b = agent("b", "127.0.64.42", OTHERS);
    assertNeverMeet(a, b, Reason.ANOTHER, Reason.ANOTHER);
  }

  @Test
  void whoHasNoKeyIsNotMetAndItIsSaid() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    Agent b = agent("b", "127.0.64.42", (KeyedTls) null);
    assertNeverMeet(a, b, Reason.NONE_THERE, Reason.NONE_HERE);
  }

  private void assertNeverMeet(Agent a, Agent b, Reason atA, Reason atB)
      throws InterruptedException {
    assertThat(a.join(b).error()).startsWith(withWhom(b.address(), atA));
    await("told at both", () -> told(withWhom(b.address(), atA)) && told(withWhom(a.ip, atB)));
    refused.clear();
    assertThat(b.join(a).error()).startsWith(withWhom(a.address(), atB));
    assertThat(a.membership.members()).extracting(Member::name).containsExactly("a");
    assertThat(b.membership.members()).extracting(Member::name).containsExactly("b");
    await("no connection", () -> a.tcp().getOpenConnections() == 0);
    await("no connection", () -> b.tcp().getOpenConnections() == 0);
    assertThat(a.tcp().unreadable() + b.tcp().unreadable()).as("frames looked at").isZero();
  }

  private static String withWhom(String who, Reason reason) {
    return "COM2029: no encrypt key in common with " + who + ": " + reason.text();
  }

  private boolean told(String start) {
    return refused.stream().anyMatch(line -> line.startsWith("COM2001: Refused: " + start));
  }

  @Test
  void whoHangsUpInTheHandshakeMayHaveAnotherKey() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    try (ServerSocket foreign = new ServerSocket(0, 9, InetAddress.getByName("127.0.64.98"))) {
      Thread hangsUp = new Thread(() -> hangUp(foreign));
      hangsUp.start();
      String address = "127.0.64.98:" + foreign.getLocalPort();
      assertThat(a.membership.join(List.of(address)).get(0).error())
          .startsWith("COM2006: dial tcp " + address + ": it hung up")
          .contains("encrypt");
      foreign.close();
      hangsUp.join();
    }
  }

  private static void hangUp(ServerSocket foreign) {
    try {
      while (true) {
        try (Socket socket = foreign.accept()) {
          socket.getInputStream().read();
        }
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  @Test
  void aFullAgentWithTheKeyHasNoOtherKey() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    Agent b = agent("b", "127.0.64.42", KEYS);
    for (int i = 0; i < 128; i++) {
      DialledSocket socket = keep(new DialledSocket());
      socket.dial(
          new InetSocketAddress(a.ip, 0), new InetSocketAddress(b.ip, b.port), KEYS, 20_000);
      socket.getOutputStream().write(ChannelSocketsTest.introduction(a.ip, 20_000 + i));
    }
    assertThat(a.join(b).error()).startsWith("COM2006: ").contains("it hung up", "encrypt");
  }

  @Test
  void whoSpeaksNoTlsHasNoOtherKey() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    try (ServerSocket web = new ServerSocket(0, 9, InetAddress.getByName("127.0.64.98"))) {
      Thread answers = new Thread(() -> answer(web, "HTTP/1.1 400 Bad Request\r\n\r\n"));
      answers.start();
      String address = "127.0.64.98:" + web.getLocalPort();
      assertThat(a.membership.join(List.of(address)).get(0).error()).startsWith("COM2006: ");
      web.close();
      answers.join();
    }
    assertThat(refused).isEmpty();
  }

  private static void answer(ServerSocket server, String text) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.getInputStream().read();
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      } catch (IOException gone) {
        // The next one, or the test is over.
      }
    }
  }

  @Test
  void whoWasNotDialledTellsNothingOfItsKey() throws Exception {
    Agent plain = agent("a", "127.0.64.41", (KeyedTls) null);
    Socket stranger =
        keep(new Socket(plain.ip, plain.port, InetAddress.getByName("127.0.64.98"), 0));
    stranger.getOutputStream().write(ChannelSocketsTest.introduction("127.0.64.98"));
    new DataOutputStream(stranger.getOutputStream()).writeInt(AcceptedSocket.ALERT_AS_LENGTH);
    await("it cannot be read", () -> plain.tcp().unreadable() == 1);
    assertThat(refused).isEmpty();
  }

  @Test
  void halfOpenHandshakesDoNotDelayAJoinAndEnd() throws Exception {
    Agent a = agent("a", "127.0.64.41", KEYS);
    Agent b = agent("b", "127.0.64.42", KEYS);
    List<Socket> half = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Socket socket = keep(new Socket(b.ip, b.port));
      socket.getOutputStream().write(new byte[] {0x16, 3, 1, 1, 0, 1});
      half.add(socket);
    }
    assertThat(a.join(b).error()).isNull();
    for (Socket socket : half) {
      socket.setSoTimeout(30_000);
      assertThat(socket.getInputStream().read()).isNegative();
    }
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whoIsFrozenHoldsUpNeitherTheOthersNorTheEnd() throws Exception {
    Agent a = keep(Agent.patient("a", "127.0.64.41", KEYS));
    Agent b = keep(Agent.patient("b", "127.0.64.42", KEYS));
    AgentProcess c = keep(AgentProcess.start("c", "127.0.64.43", KEY));
    assertThat(a.membership.join(List.of(b.address(), c.address)))
        .allMatch(outcome -> outcome.succeeded());
    await("all see all", () -> allSee(List.of(a, b), "a", "b", "c"));
    c.signal("STOP");
    MembershipFrame table = table("n", 200); // half a MiB
    for (int i = 0; i < MORE_THAN_KERNELS_KEEP; i++) {
      a.membership.channel().send(null, table);
    }
    a.membership.channel().send(null, table("last", 1));
    await("what was sent last", () -> b.names(Status.FAILED).contains("last0"));
    for (int i = 0; i < MORE_THAN_KERNELS_KEEP; i++) {
      b.membership.channel().send(null, table);
    }
    b.close();
    a.close();
    await("no thread", () -> a.threads.stream().noneMatch(Thread::isAlive));
    await("no thread", () -> b.threads.stream().noneMatch(Thread::isAlive));
  }

  /** What an eavesdropper sees, without a key to begin with: else the test could not fail. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEavesdropperSeesNothingOfWhatIsSaid(boolean encrypted) throws Exception {
    KeyedTls keys = encrypted ? KEYS : null;
    int port = Agent.freePort("127.0.64.51");
    Wire toA = keep(new Wire("127.0.64.51", "127.0.64.41", port));
    Wire toB = keep(new Wire("127.0.64.52", "127.0.64.42", port));
    Agent a = keep(Agent.encrypted("a", "127.0.64.41", "127.0.64.51", port, keys)).start();
    Agent b = keep(Agent.encrypted("b", "127.0.64.42", "127.0.64.52", port, keys)).start();
    Ear ear = new Ear();
    b.membership.gossip().listen(ear);
    a.membership.updateTags(Map.of("note", MARKER));
    assertThat(a.join(b).error()).isNull();
    await("the tag", () -> b.sees(a) != null && MARKER.equals(b.sees(a).tags().get("note")));
    a.membership.gossip().fire(event());
    assertThat(ear.events.poll(20, TimeUnit.SECONDS).name()).isEqualTo(MARKER);
    String seen = toA.seen() + toB.seen();
    assertThat(seen).isNotEmpty();
    assertThat(seen.contains(MARKER)).isEqualTo(!encrypted);
    assertThat(seen.contains("dc1")).isEqualTo(!encrypted);
  }

  private static UserEvent event() {
    return new UserEvent(UUID.randomUUID(), MARKER, new byte[] {1, 2}, "", "", "", 7);
  }

  /** Some 2.5 KiB of each. */
  private static MembershipFrame table(String name, int members) {
    Map<String, String> tags = new TreeMap<>();
    for (int i = 0; i < 5; i++) {
      tags.put("t" + i, "v".repeat(RecordCheck.MAX_TAG_VALUE));
    }
    MemberTable.Builder table = MemberTable.newBuilder();
    for (int i = 0; i < members; i++) {
      UUID id = UUID.nameUUIDFromBytes((name + i).getBytes(StandardCharsets.UTF_8));
      table.addMembers(
          RecordCheckTest.good()
              .setName(name + i)
              .setNodeId(Ids.of(id))
              .setAddress("127.0.64.49")
              .putAllTags(tags));
    }
    return MembershipFrame.newBuilder().setTable(table).build();
  }

  private static final class Ear implements Gossip.Listener {
    final BlockingQueue<UserEvent> events = new LinkedBlockingQueue<>();

    @Override
    public void onEvent(UserEvent event) {
      events.add(event);
    }

    @Override
    public void onRoundTrip(String node, NetworkPosition at, long nanos) {
      // not asked for
    }

    @Override
    public NetworkPosition position() {
      return new NetworkPosition(Collections.nCopies(8, 1.0), 1.5, 0.25, 1e-5);
    }
  }

  /** Lies between: passes all on, and keeps it. */
  private static final class Wire implements AutoCloseable {
    private final ServerSocket listener;
    private final String to;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

    Wire(String ip, String to, int port) throws IOException {
      this.to = to;
      listener = new ServerSocket(port, 50, InetAddress.getByName(ip));
      new Thread(this::accept).start();
    }

    private void accept() {
      try {
        while (true) {
          Socket here = listener.accept();
          sockets.add(here);
          Socket there = new Socket(InetAddress.getByName(to), listener.getLocalPort());
          sockets.add(there);
          new Thread(() -> pass(here, there)).start();
          new Thread(() -> pass(there, here)).start();
        }
      } catch (IOException closed) {
        // The test is over.
      }
    }

    private void pass(Socket from, Socket on) {
      try (from;
          on) {
        InputStream in = from.getInputStream();
        byte[] some = new byte[8192];
        for (int n = in.read(some); n >= 0; n = in.read(some)) {
          seen.write(some, 0, n);
          on.getOutputStream().write(some, 0, n);
        }
      } catch (IOException closed) {
        // So is the other side.
      }
    }

    String seen() {
      return seen.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      listener.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
