package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.comitia.cluster.Member.Status;
import org.jgroups.Address;
import org.jgroups.EmptyMessage;
import org.jgroups.Event;
import org.jgroups.MergeView;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.protocols.FailureDetection.HeartbeatHeader;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.stack.Protocol;
import org.jgroups.stack.ProtocolStack;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class MembersVerifiedTest {
  private final Address a = new UUID(0, 1);
  private final Address b = new UUID(0, 2);
  private final Set<Address> answered = ConcurrentHashMap.newKeySet();
  private final MembersVerified verify = new MembersVerified();

  MembersVerifiedTest() {
    verify.setDownProtocol(
        new Protocol() {
          @Override
          public Object down(Event event) {
            return null;
          }

          @Override
          public Object down(Message message) {
            answered.add(message.getDest());
            return null;
          }
        });
  }

  @Test
  void whoIsInTheViewIsAnswered() throws Exception {
    verify.down(new Event(Event.VIEW_CHANGE, new View(b, 2, List.of(b, a))));
    verify.up(question(a));
    assertThat(answered).containsExactly(a);
    answered.clear();
    verify.up(new MessageBatch(List.of(question(a))));
    assertThat(answered).containsExactly(a);
  }

  @Test
  void whoIsNotInTheViewIsNotAnswered() throws Exception {
    verify.up(question(a));
    verify.down(new Event(Event.VIEW_CHANGE, new View(b, 2, List.of(b))));
    verify.up(question(a));
    verify.up(new MessageBatch(List.of(question(a))));
    assertThat(answered).isEmpty();
  }

  @Test
  void whatWasAskedBeforeAMergeMeansNothingAfterIt() {
    View both = new View(b, 2, List.of(b, a));
    verify.down(new Event(Event.VIEW_CHANGE, both));
    ask(a);
    verify.down(new Event(Event.VIEW_CHANGE, new View(b, 3, List.of(b, a))));
    assertThat(verify.getSuspects()).contains(a.toString());
    verify.down(
        new Event(Event.VIEW_CHANGE, new MergeView(b, 4, List.of(b, a), List.of(both, both))));
    assertThat(verify.getSuspects()).isEqualTo("[]");
  }

  @Test
  void whoIsHeardMeanwhileIsSuspectedNoMore() {
    verify.setUpProtocol(
        new Protocol() {
          @Override
          public Object up(Event event) {
            return null;
          }
        });
    verify.down(new Event(Event.VIEW_CHANGE, new View(b, 2, List.of(b, a))));
    ask(a);
    verify.up(new Event(Event.UNSUSPECT, a));
    assertThat(verify.getSuspects()).isEqualTo("[]");
  }

  /** FD_ALL3 unsays its own suspicions only, and TCP asks when a connection is closed. */
  @Test
  void aHeartbeatTakesBackWhatTcpHasAsked() throws Exception {
    try (Agent agent = Agent.started("agent", "127.0.30.51")) {
      SerfChannel channel = agent.membership.channel();
      Address own = channel.address();
      channel.groups().installView(new View(own, 7, List.of(own, a)), null);
      ProtocolStack stack = channel.channel().getProtocolStack();
      MembersVerified verified = stack.findProtocol(MembersVerified.class);
      MembersHeartbeats heartbeats = stack.findProtocol(MembersHeartbeats.class);
      stack.getTransport().getUpProtocol().up(new Event(Event.SUSPECT, List.of(a)));
      assertThat(verified.getSuspects()).contains(a.toString());
      heartbeats.up(
          new EmptyMessage(own).setSrc(a).putHeader(heartbeats.getId(), new HeartbeatHeader()));
      assertThat(verified.getSuspects()).isEqualTo("[]");
    }
  }

  private void ask(Address suspect) {
    verify.up(new Event(Event.SUSPECT, List.of(suspect)));
  }

  /** As after a view that reached one of them only, or a parting that one of them noticed. */
  @Test
  void whoHoldsAViewAloneLetsTheOthersGoAndIsOneWithThemAgain() throws Exception {
    try (Agent first = Agent.started("first", "127.0.30.51");
        Agent second = Agent.started("second", "127.0.30.52")) {
      assertThat(second.join(first).error()).isNull();
      await("both", () -> first.alive().size() == 2 && second.alive().size() == 2);
      SerfChannel alone = second.membership.channel();
      View both = alone.view();
      alone
          .groups()
          .installView(
              new View(alone.address(), both.getViewId().getId() + 1, List.of(alone.address())));
      await("the other is missed", () -> second.sees(first, Status.FAILED));
      await("both again", () -> second.alive().size() == 2);
      await("one view", () -> first.membership.channel().view().equals(alone.view()));
    }
  }

  private Message question(Address from) throws Exception {
    VERIFY_SUSPECT2.VerifyHeader header = new VERIFY_SUSPECT2.VerifyHeader();
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream();
    out.writeShort(1); // ARE_YOU_DEAD, which JGroups shows to nobody
    Util.writeAddress(from, out);
    header.readFrom(new ByteArrayDataInputStream(out.buffer()));
    return new EmptyMessage(b).setSrc(from).putHeader(verify.getId(), header);
  }
}
