package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.Address;
import org.jgroups.EmptyMessage;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.protocols.FailureDetection.HeartbeatHeader;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.Test;

class MembersHeartbeatsTest {
  private final Address a = new UUID(0, 1);
  private final Address b = new UUID(0, 2);
  private final Address stranger = new UUID(0, 3);
  private final List<Address> heard = new ArrayList<>();
  private final List<Message> passedOn = new ArrayList<>();
  private final MembersHeartbeats heartbeats = new MembersHeartbeats(heard::add);

  MembersHeartbeatsTest() {
    heartbeats.addr(a);
    heartbeats.setInterval(100).setTimeout(500);
    heartbeats.setUpProtocol(
        new Protocol() {
          @Override
          public Object up(Message message) {
            passedOn.add(message);
            return null;
          }

          @Override
          public void up(MessageBatch batch) {
            batch.forEach(passedOn::add);
          }
        });
    for (Address member : new View(a, 1, List.of(a, b))) {
      heartbeats.update(member, false, true);
    }
  }

  @Test
  void heartbeatsOfMembersAreSignsOfLife() {
    heartbeats.up(heartbeat(b));
    heartbeats.up(new MessageBatch(List.of(heartbeat(b), message(b))).setSender(b));
    heartbeats.up(heartbeat(stranger));
    assertThat(heard).containsExactly(b, b);
    assertThat(passedOn).hasSize(1);
  }

  /** Who has gone on without this member may still acknowledge what it sends. */
  @Test
  void otherMessagesAreNone() {
    heartbeats.up(message(b));
    heartbeats.up(new MessageBatch(List.of(message(b), message(b))).setSender(b));
    assertThat(heard).isEmpty();
    assertThat(passedOn).hasSize(3);
  }

  /** JGroups lets a message to all stand for the next heartbeat. */
  @Test
  void whoSendsToAllSendsHeartbeatsAllTheSame() throws Exception {
    try (Agent one = Agent.started("one", "127.0.30.61");
        Agent other = Agent.started("other", "127.0.30.62")) {
      assertThat(other.join(one).error()).isNull();
      MembersHeartbeats sender =
          one.membership
              .channel()
              .channel()
              .getProtocolStack()
              .findProtocol(MembersHeartbeats.class);
      int before = sender.getHeartbeatsSent();
      AtomicInteger round = new AtomicInteger();
      await(
          "heartbeats between what goes to all",
          () -> {
            one.membership.updateTags(Map.of("round", round.incrementAndGet() + ""));
            return sender.getHeartbeatsSent() > before + 2;
          });
    }
  }

  /** As a timer does, while a view change puts the members in anew. */
  @Test
  void noEntryIsLostWhileTheMembersChange() throws Exception {
    List<Address> members = new ArrayList<>();
    Thread timer = new Thread(() -> heartbeats.retainKeys(members));
    synchronized (heartbeats) {
      timer.start();
      await("it waits", () -> timer.getState() == Thread.State.BLOCKED || !timer.isAlive());
      members.addAll(List.of(a, b));
    }
    timer.join();
    heartbeats.up(heartbeat(b));
    assertThat(heard).containsExactly(b);
  }

  private Message message(Address from) {
    return new EmptyMessage(a).setSrc(from);
  }

  private Message heartbeat(Address from) {
    return message(from).putHeader(heartbeats.getId(), new HeartbeatHeader());
  }
}
