package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.ViewFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.Event;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FailureDetection;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.NAKACK4;
import org.jgroups.protocols.NakAckHeader;
import org.jgroups.protocols.PingData;
import org.jgroups.protocols.PingHeader;
import org.jgroups.protocols.TCPPING;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.MaxOneThreadPerSender;
import org.jgroups.util.NameCache;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What JGroups keeps, and tells, of senders that are made up. */
@Timeout(60)
class StrangersTracesTest {
  private static final int MANY = 3000;
  private static final int TOO_MANY = Ids.MAX_MEMBERS + 100;

  private Agent agent;
  private SerfChannel channel;
  private BoundedTcp tcp;
  private AdmissionLayer layer;

  @BeforeEach
  void start() throws Exception {
    agent = Agent.started("a", "127.0.66.1");
    channel = agent.membership.channel();
    tcp = (BoundedTcp) channel.channel().getProtocolStack().getTransport();
    layer = channel.channel().getProtocolStack().findProtocol(AdmissionLayer.class);
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void noTurnIsKeptForASenderThatIsInNoView() throws Exception {
    long before = layer.refused();
    for (int i = 0; i < 100; i++) {
      receive(new BytesMessage(null, new byte[1]).setSrc(stranger(i)));
      receive(
          new BytesMessage(channel.address(), new byte[1]).setSrc(stranger(i)),
          new BytesMessage(channel.address(), new byte[1]).setSrc(stranger(i)));
    }
    await("all of them", () -> layer.refused() == before + 300);
    String turns = ((MaxOneThreadPerSender) tcp.getMessageProcessingPolicy()).dump();
    assertThat(turns.lines().filter(line -> line.contains("msg_queue"))).hasSizeLessThan(3);
  }

  /** The channel has a thread for none of them. */
  @Test
  void whatStrangersSendIsCountedUntilItIsTakenInAndBounded() throws Exception {
    org.jgroups.util.ThreadPool pool = tcp.getThreadPool();
    java.util.concurrent.Executor before = pool.getThreadPool();
    List<Runnable> tasks = new CopyOnWriteArrayList<>();
    tcp.setThreadPool(tasks::add);
    try {
      byte[] half = new byte[BoundedTcp.MAX_FRAME / 2];
      int most = UnfinishedFrames.MAX_OF_HOST / half.length;
      for (int i = 1; i < most; i++) {
        receive(new BytesMessage(null, half).setSrc(i % 2 == 0 ? stranger(i) : channel.address()));
      }
      assertThat(tcp.unfinishedBytes()).isGreaterThan((most - 2L) * half.length);
      assertThatThrownBy(
              () -> {
                receive(new BytesMessage(null, half).setSrc(stranger(1)));
                receive(new BytesMessage(null, half).setSrc(stranger(1)));
              })
          .hasMessage("no room for it");
      tasks.forEach(Runnable::run);
      assertThat(tcp.unfinishedBytes()).isZero();
      tcp.setThreadPool(
          task -> {
            throw new java.util.concurrent.RejectedExecutionException();
          });
      receive(new BytesMessage(null, half).setSrc(stranger(1)));
      assertThat(tcp.unfinishedBytes()).as("of what nobody takes").isZero();
    } finally {
      tcp.setThreadPool(before);
    }
  }

  @Test
  void whatHasNoSenderIsDroppedAndNotTold() throws Exception {
    try (Lines lines = new Lines()) {
      receive(new BytesMessage(null, new byte[1]));
      receive(new BytesMessage(null, new byte[1]), new BytesMessage(null, new byte[1]));
      assertThat(lines.told).isEmpty();
    }
  }

  @Test
  void whoSaysHowItIsCalledIsNeitherToldNorRemembered() throws Exception {
    short numbers = ClassConfigurator.getProtocolId(NAKACK4.class);
    try (Lines lines = new Lines()) {
      for (int i = 0; i < 100; i++) {
        hear(info(i, "2026-01-01 CRITICAL: a line of its own"));
        hear(discovery(i, "2026-01-01 CRITICAL: a line of its own"));
        hear(
            new BytesMessage(null, new byte[1])
                .setSrc(stranger(i))
                .putHeader(numbers, NakAckHeader.createMessageHeader(7)));
      }
      assertThat(lines.told).isEmpty();
    }
    assertThat(NameCache.getContents().values())
        .noneMatch(name -> name.contains("a line of its own"));
  }

  @Test
  void ofStrangersThePlacesOfTheLastAreKept() throws Exception {
    for (int i = 0; i < MANY; i++) {
      hear(info(i, null));
    }
    long places = tcp.printLogicalAddressCache().lines().count();
    assertThat(places).isLessThan(BoundedTcp.MAX_STRANGERS + 10);
    assertThat(place(stranger(0))).isNull();
    assertThat(place(stranger(MANY - 1))).isNotNull();
    assertThat(place(channel.address())).isNotNull();
  }

  @Test
  void whatStrangersSayOfTheirViewsIsBounded() throws Exception {
    for (int i = 0; i < TOO_MANY; i++) {
      hear(info(i, null));
    }
    MERGE3 merge = find(MERGE3.class);
    assertThat(merge.getViews()).isBetween(1, BoundedMergeInfo.MAX);
  }

  @Test
  void whatStrangersAnswerToDiscoveryIsBounded() throws Exception {
    var answers = find(TCPPING.class).findMembers(null, false, false, 0);
    for (int i = 0; i < TOO_MANY; i++) {
      hear(discovery(i, null));
    }
    assertThat(answers.size()).isEqualTo(BoundedDiscovery.MAX);
  }

  @Test
  void onlyMembersHeartbeatsAreHeard() throws Exception {
    FD_ALL3 heartbeats = find(FD_ALL3.class);
    for (int i = 0; i < 100; i++) {
      hear(
          new EmptyMessage(null)
              .setSrc(stranger(i))
              .putHeader(heartbeats.getId(), new FailureDetection.HeartbeatHeader()));
    }
    assertThat(heartbeats.printTimestamps()).isEmpty();
    try (Agent other = Agent.started("b", "127.0.66.2")) {
      assertThat(agent.join(other).error()).isNull();
      await("both", () -> agent.alive().size() == 2);
      assertThat(heartbeats.printTimestamps().lines())
          .singleElement()
          .asString()
          .startsWith(other.membership.channel().address() + ":");
    }
  }

  @Test
  void ofViewsToBeMergedThePlacesOfTheirMembersAreLearned() throws Exception {
    ViewFrame.Builder frame = view(0);
    frame.addPlaces(Ids.place(stranger(0), ip(0)));
    frame.addPlaces(Ids.place(stranger(5), ip(5)));
    channel.mergeTold(List.of(frame.build()));
    assertThat(place(stranger(0))).isEqualTo(ip(0));
    assertThat(place(stranger(5))).isNull();
    List<ViewFrame> tooMany =
        java.util.stream.IntStream.rangeClosed(100, 100 + ViewsToMerge.MAX_AT_ONCE)
            .mapToObj(i -> view(i).addPlaces(Ids.place(stranger(i), ip(i))).build())
            .toList();
    channel.mergeTold(tooMany);
    assertThat(place(stranger(100))).isNull();
  }

  @Test
  void ofALargeViewThePlacesOfTheFirstAreLearned() throws Exception {
    ViewFrame.Builder frame = view(0).clearMembers();
    for (int i = 0; i < MANY; i++) {
      frame.addMembers(Ids.of(stranger(i))).addPlaces(Ids.place(stranger(i), ip(i)));
    }
    channel.mergeTold(List.of(frame.build()));
    assertThat(place(stranger(0))).isEqualTo(ip(0));
    assertThat(place(stranger(MANY - 1))).isNull();
  }

  private static ViewFrame.Builder view(int i) {
    View alone = new View(new ViewId(stranger(i), 1), List.of(stranger(i)));
    return Ids.frame(alone, alone.getMembers());
  }

  private Message info(int i, String name) throws Exception {
    return new EmptyMessage(null)
        .setSrc(stranger(i))
        .putHeader(
            ClassConfigurator.getProtocolId(MERGE3.class),
            MERGE3.MergeHeader.createInfo(new ViewId(stranger(i), 1), name, ip(i)));
  }

  private Message discovery(int i, String name) throws Exception {
    PingData data = new PingData(stranger(i), true, name, ip(i));
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(128);
    out.writeInt(1);
    data.writeTo(out);
    return new BytesMessage(channel.address(), Arrays.copyOf(out.buffer(), out.position()))
        .setSrc(stranger(i))
        .putHeader(
            ClassConfigurator.getProtocolId(TCPPING.class),
            new PingHeader(PingHeader.GET_MBRS_RSP).clusterName("comitia"));
  }

  private <T extends org.jgroups.stack.Protocol> T find(Class<T> protocol) {
    return channel.channel().getProtocolStack().findProtocol(protocol);
  }

  private static Address stranger(int i) {
    return new UUID(Long.MAX_VALUE, i);
  }

  private static IpAddress ip(int i) {
    try {
      byte[] ip = {127, 0, (byte) 200, 1};
      return new IpAddress(InetAddress.getByAddress(ip), 1 + i);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private Object place(Address address) {
    return channel.channel().down(new Event(Event.GET_PHYSICAL_ADDRESS, address));
  }

  /** What comes from a stranger of this datacenter, as the transport hands it up. */
  private void hear(Message message) {
    AgentIdentity identity =
        AgentIdentity.newBuilder()
            .setName("stranger")
            .setDatacenter("dc1")
            .setNodeId(Id128.newBuilder().setLow(3))
            .setInstance(Id128.newBuilder().setLow(4))
            .build();
    layer.up(
        message.putHeader(
            ClassConfigurator.getProtocolId(AdmissionLayer.class),
            new IdentityHeader(IdentityHeader.MEMBER, identity.toByteArray())));
  }

  private void receive(Message message) throws Exception {
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(512);
    Util.writeMessage(message, out, message.getDest() == null);
    receive(out);
  }

  private void receive(Message first, Message second) throws Exception {
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(512);
    Util.writeMessageList(
        first.getDest(),
        first.getSrc(),
        "comitia".getBytes(StandardCharsets.US_ASCII),
        List.of(first, second),
        out,
        first.getDest() == null);
    receive(out);
  }

  private void receive(ByteArrayDataOutputStream frame) throws Exception {
    tcp.receive(
        ip(9), new ByteArrayDataInputStream(frame.buffer(), 0, frame.position()), frame.position());
  }

  /** Lines of warnings and worse. */
  private static final class Lines implements AutoCloseable {
    final List<String> told = new CopyOnWriteArrayList<>();
    private final Handler handler = new Told(this::tell);

    Lines() {
      Logger.getLogger("").addHandler(handler);
    }

    private void tell(LogRecord record) {
      if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
        told.add(record.getLoggerName() + " " + record.getMessage());
      }
    }

    @Override
    public void close() {
      Logger.getLogger("").removeHandler(handler);
    }
  }
}
