package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.comitia.cluster.Member;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.MemberTable;
import org.comitia.wire.proto.MembershipFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.ReliableUnicast;
import org.jgroups.protocols.UNICAST4;
import org.jgroups.protocols.UnicastHeader;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What agents that are in no view in common may have a channel hold. */
@Timeout(60)
class BoundedStreamsTest {
  private static final Address STRANGER = new UUID(9, 9);

  private Agent agent;
  private AdmissionLayer layer;
  private ReliableUnicast streams;

  @BeforeEach
  void start() throws Exception {
    agent = Agent.started("a", "127.0.63.1");
    for (Protocol protocol :
        agent.membership.channel().channel().getProtocolStack().getProtocols()) {
      if (protocol instanceof AdmissionLayer found) {
        layer = found;
      } else if (protocol instanceof UNICAST4 found) {
        streams = found;
      }
    }
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void ofStreamsThatStrangersBeginOnlySoManyAreKeptAndTheNewestAreAmongThem() {
    for (int i = 0; i < 256; i++) {
      layer.up(message(new UUID(9, i), 1, 10));
    }
    assertThat(streams.getNumReceiveConnections()).isEqualTo(256);
    layer.up(message(new UUID(9, 256), 1, 10));
    assertThat(streams.getNumReceiveConnections()).isEqualTo(256);
    assertThat(streams._getReceiverEntry(new UUID(9, 256), 2, false, (short) 0, null)).isNotNull();
  }

  @Test
  void aStrangersMessagesThatWaitForAnotherAreBoundedInNumberAndAllComeThroughAfterIt() {
    layer.up(message(STRANGER, 1, 10));
    for (int seqno = 3; seqno < 3 + 16; seqno++) {
      layer.up(message(STRANGER, seqno, 10));
    }
    assertThat(held()).isEqualTo(16);
    layer.up(message(STRANGER, 3 + 16, 10));
    assertThat(held()).isEqualTo(16);
    layer.up(message(STRANGER, 2, 10));
    assertThat(delivered()).isEqualTo(18);
    layer.up(message(STRANGER, 3 + 16, 10));
    assertThat(delivered()).isEqualTo(19);
  }

  @Test
  void aStrangersMessagesThatWaitForAnotherAreBoundedInBytes() {
    layer.up(message(STRANGER, 1, 10));
    layer.up(message(STRANGER, 3, 200 << 10));
    layer.up(message(STRANGER, 4, (56 << 10) + 1));
    assertThat(held()).isEqualTo(1);
    layer.up(message(STRANGER, 4, 56 << 10));
    assertThat(held()).isEqualTo(2);
  }

  @Test
  void aStrangersMessageHasALimit() {
    layer.up(message(STRANGER, 1, (256 << 10) + 1));
    assertThat(streams.getNumReceiveConnections()).isZero();
    layer.up(message(STRANGER, 1, 256 << 10));
    assertThat(streams.getNumReceiveConnections()).isEqualTo(1);
  }

  @Test
  void aBatchOfAStrangerHasTheSameBounds() {
    MessageBatch batch = new MessageBatch(32);
    batch.setDest(agent.membership.channel().address()).setSender(STRANGER);
    batch.add(message(STRANGER, 1, 10));
    for (int seqno = 3; seqno < 3 + 17; seqno++) {
      batch.add(message(STRANGER, seqno, 10));
    }
    layer.up(batch);
    assertThat(held()).isEqualTo(16);
  }

  @Test
  void messagesWithoutTheFirstOfTheirStreamAreNotKeptForAStranger() {
    layer.up(message(STRANGER, 5, 10));
    assertThat(((BoundedStreams) streams).withoutFirst()).isZero();
    assertThat(streams.getNumReceiveConnections()).isZero();
  }

  @Test
  void aStrangersMessageThatIsOfNoStreamIsDropped() throws Exception {
    List<Message> delivered = new CopyOnWriteArrayList<>();
    agent
        .membership
        .channel()
        .channel()
        .setReceiver(
            new Receiver() {
              @Override
              public void receive(Message message) {
                delivered.add(message);
              }
            });
    Address self = agent.membership.channel().address();
    MessageBatch batch = new MessageBatch(2).setSender(STRANGER);
    for (Address to : Arrays.asList(self, null)) {
      layer.up(message(STRANGER, 1, 1).setDest(to).setFlag(Message.Flag.NO_RELIABILITY));
      batch.add(message(STRANGER, 1, 2).setDest(to).setFlag(Message.Flag.NO_RELIABILITY));
      layer.up(batch.setDest(to));
      batch.clear();
    }
    layer.up(identified(new BytesMessage(self, new byte[3]).setSrc(STRANGER)));
    layer.up(message(STRANGER, 1, 10));
    await("the one of a stream", () -> !delivered.isEmpty());
    assertThat(delivered).extracting(Message::getLength).containsExactly(10);
  }

  @Test
  void aStrangersFrameIsNotTaken() throws Exception {
    MemberTable.Builder table =
        MemberTable.newBuilder().addMembers(RecordCheckTest.good().setName("remembered"));
    MembershipFrame frame = MembershipFrame.newBuilder().setTable(table).build();
    BytesMessage message = message(STRANGER, 1, 0);
    message.setArray(frame.toByteArray());
    layer.up(message);
    assertThat(delivered()).isEqualTo(1);
    try (Agent other = Agent.started("b", "127.0.63.2")) {
      assertThat(agent.join(other).error()).isNull();
      await("both", () -> agent.alive().size() == 2);
      assertThat(agent.names(Member.Status.FAILED)).isEmpty();
      other.membership.channel().send(null, frame);
      await("a member's", () -> agent.names(Member.Status.FAILED).contains("remembered"));
    }
  }

  @Test
  void aMembersStreamHoldsMore() throws Exception {
    try (Agent other = Agent.started("b", "127.0.63.2")) {
      assertThat(agent.join(other).error()).isNull();
      await("both", () -> agent.alive().size() == 2);
      Address member = other.membership.channel().address();
      short next = Short.MAX_VALUE;
      layer.up(message(member, 1, 10, next));
      for (int seqno = 3; seqno < 3 + 40; seqno++) {
        layer.up(message(member, seqno, 10, next));
      }
      assertThat(streams._getReceiverEntry(member, 1, false, next, null).buf().size())
          .isEqualTo(40);
    }
  }

  private int held() {
    return stream().buf().size();
  }

  private long delivered() {
    return stream().buf().highestDelivered();
  }

  private ReliableUnicast.ReceiverEntry stream() {
    return streams._getReceiverEntry(STRANGER, 2, false, (short) 0, null);
  }

  private BytesMessage message(Address sender, long seqno, int length) {
    return message(sender, seqno, length, (short) 0);
  }

  /** Bytes that say nothing to the layers above, as from the port. */
  private BytesMessage message(Address sender, long seqno, int length, short connection) {
    BytesMessage message = new BytesMessage(agent.membership.channel().address(), new byte[length]);
    identified(message.setSrc(sender))
        .putHeader(
            ClassConfigurator.getProtocolId(UNICAST4.class),
            UnicastHeader.createDataHeader(seqno, connection, seqno == 1));
    return message;
  }

  private static Message identified(Message message) {
    AgentIdentity identity =
        AgentIdentity.newBuilder()
            .setName("stranger")
            .setDatacenter("dc1")
            .setNodeId(Id128.newBuilder().setLow(3))
            .setInstance(Id128.newBuilder().setLow(4))
            .build();
    return message.putHeader(
        ClassConfigurator.getProtocolId(AdmissionLayer.class),
        new IdentityHeader(IdentityHeader.MEMBER, identity.toByteArray()));
  }
}
