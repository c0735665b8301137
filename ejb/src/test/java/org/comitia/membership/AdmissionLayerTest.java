package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloFrame;
import org.comitia.wire.proto.HelloResponse;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.MergeHint;
import org.comitia.wire.proto.Place;
import org.comitia.wire.proto.ViewFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.Event;
import org.jgroups.Message;
import org.jgroups.ObjectMessage;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FRAG2;
import org.jgroups.protocols.FragHeader;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;
import org.jgroups.util.SeqnoList;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionLayerTest {
  private static final AgentIdentity SELF =
      AgentIdentity.newBuilder()
          .setName("a")
          .setDatacenter("dc1")
          .setNodeId(Id128.newBuilder().setLow(1))
          .setInstance(Id128.newBuilder().setLow(2))
          .build();

  private static final Address MEMBER = new UUID(0, 1);

  private final List<Message> through = new ArrayList<>();
  private final List<HelloFrame> hellos = new ArrayList<>();
  private final AdmissionLayer layer =
      new AdmissionLayer(
          new Admission(SELF, "", Map.of(), Map.of()), (frame, refusal) -> hellos.add(frame));
  private short id;

  @BeforeEach
  void above() {
    id = ClassConfigurator.getProtocolId(AdmissionLayer.class);
    layer.setUpProtocol(
        new Protocol() {
          @Override
          public Object up(Message msg) {
            through.add(msg);
            return null;
          }
        });
    layer.setDownProtocol(
        new Protocol() {
          @Override
          public Object down(Event event) {
            return null;
          }
        });
    layer.down(new Event(Event.VIEW_CHANGE, new View(new ViewId(MEMBER, 1), List.of(MEMBER))));
  }

  @Test
  void aMessageThatIsMarkedAsAnObjectIsDroppedAndCountedWhateverItsKind() {
    List<Message> kinds =
        List.of(
            new BytesMessage(null, (Object) "a string"),
            new ObjectMessage(null, "a string"),
            new EmptyMessage().setFlag(Message.Flag.SERIALIZED));
    kinds.forEach(message -> layer.up(ofMember(message)));
    assertThat(through).isEmpty();
    assertThat(layer.refused()).isEqualTo(kinds.size());
  }

  @Test
  void messagesOfOurKindPass() {
    layer.up(ofMember(new BytesMessage(null, new byte[1])));
    layer.up(ofMember(new EmptyMessage()));
    layer.up(ofMember(new ObjectMessage(null, new SeqnoList(1, 1))));
    assertThat(through).hasSize(3);
    assertThat(layer.refused()).isZero();
  }

  @Test
  void aSenderThatIsNoChannelIsDropped() {
    Address other = new IpAddress(java.net.InetAddress.getLoopbackAddress(), 1);
    layer.up(ofMember(new EmptyMessage()).setSrc(other));
    layer.up(ofMember(new EmptyMessage()).setSrc(null));
    assertThat(through).isEmpty();
    assertThat(layer.refused()).isEqualTo(2);
  }

  @Test
  void aMessageComesInSoManyFragmentsOfBytes() {
    int most = 16 * 1024 * 1024 / ChannelStack.FRAGMENT + 1;
    layer.up(fragment(new FragHeader(1, most - 1, most)));
    assertThat(through).hasSize(1);
    layer.up(fragment(new FragHeader(1, 0, most + 1)));
    layer.up(fragment(new FragHeader(1, 0, 0)));
    layer.up(fragment(new FragHeader(1, 2, 2)));
    layer.up(fragment(new FragHeader(1, -1, 2)));
    layer.up(fragment(new FragHeader(1, 0, 1).needsDeserialization(true)));
    assertThat(through).hasSize(1);
    assertThat(layer.refused()).isEqualTo(5);
  }

  @Test
  void aFragmentHasALimit() {
    FragHeader header = new FragHeader(1, 0, 2);
    layer.up(fragment(header, ChannelStack.FRAGMENT));
    assertThat(through).hasSize(1);
    layer.up(fragment(header, ChannelStack.FRAGMENT + 1));
    assertThat(through).hasSize(1);
  }

  @Test
  void whoIsNotInTheViewHasNoFragmentsToSend() {
    Message fragment = fragment(new FragHeader(1, 0, 2));
    layer.up(fragment.setSrc(new UUID(0, 2)));
    assertThat(through).isEmpty();
    layer.up(fragment.setSrc(MEMBER));
    assertThat(through).hasSize(1);
  }

  private static final Id128 FULL = Id128.newBuilder().setHigh(-1).setLow(-1).build();

  private static ViewFrame view(int members) {
    Place place =
        Place.newBuilder()
            .setChannel(FULL)
            .setIp(ByteString.copyFrom(new byte[16]))
            .setPort(65_535)
            .build();
    return ViewFrame.newBuilder()
        .setCreator(FULL)
        .setId(Long.MAX_VALUE)
        .setHolder(FULL)
        .addAllMembers(Collections.nCopies(members, FULL))
        .addAllPlaces(Collections.nCopies(members, place))
        .build();
  }

  private void hello(HelloFrame.Builder frame) {
    layer.up(
        new BytesMessage(null, frame.build().toByteArray())
            .setSrc(MEMBER)
            .putHeader(id, new IdentityHeader(IdentityHeader.HELLO, SELF.toByteArray())));
  }

  @Test
  void aHelloOfAsManyMembersAsThereCanBePasses() {
    ViewFrame all = view(Ids.MAX_MEMBERS);
    hello(HelloFrame.newBuilder().setResponse(HelloResponse.newBuilder().setView(all)));
    MergeHint.Builder hint = MergeHint.newBuilder().addViews(all);
    for (int i = 0; i < Joining.MAX_JOIN; i++) {
      hint.addViews(view(40));
    }
    hello(HelloFrame.newBuilder().setFrom(SELF).setMerge(hint));
    assertThat(hellos).hasSize(2);
    assertThat(layer.refused()).isZero();
  }

  @Test
  void aHelloOfManyEmptyPartsIsDropped() {
    ViewFrame empty =
        ViewFrame.newBuilder()
            .addAllMembers(Collections.nCopies(50_000, Id128.getDefaultInstance()))
            .build();
    hello(HelloFrame.newBuilder().setResponse(HelloResponse.newBuilder().setView(empty)));
    assertThat(hellos).isEmpty();
    assertThat(layer.refused()).isEqualTo(1);
  }

  @Test
  void aHelloHasALimit() {
    HelloFrame none = HelloFrame.getDefaultInstance();
    hello(none.toBuilder().setFrom(named(Frames.MAX_HELLO - 8)));
    assertThat(hellos).hasSize(1);
    hello(none.toBuilder().setFrom(named(Frames.MAX_HELLO)));
    assertThat(hellos).hasSize(1);
    assertThat(layer.refused()).isEqualTo(1);
  }

  /** Fields that no version has take memory, one by one, when they are kept. */
  @Test
  void whatIsNotKnownInAHelloIsNotKept() {
    UnknownFieldSet.Builder unknown = UnknownFieldSet.newBuilder();
    for (int i = 100; i < 1000; i++) {
      unknown.addField(i, UnknownFieldSet.Field.newBuilder().addVarint(1).build());
    }
    hello(HelloFrame.newBuilder().setFrom(SELF).setUnknownFields(unknown.build()));
    assertThat(hellos).containsExactly(HelloFrame.newBuilder().setFrom(SELF).build());
  }

  private static AgentIdentity named(int length) {
    return AgentIdentity.newBuilder().setName("n".repeat(length)).build();
  }

  private Message fragment(FragHeader header) {
    return fragment(header, 1);
  }

  private Message fragment(FragHeader header, int length) {
    return ofMember(new BytesMessage(null, new byte[length]))
        .putHeader(ClassConfigurator.getProtocolId(FRAG2.class), header);
  }

  private Message ofMember(Message message) {
    return message
        .setSrc(MEMBER)
        .putHeader(id, new IdentityHeader(IdentityHeader.MEMBER, SELF.toByteArray()));
  }
}
