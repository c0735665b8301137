package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LeaderRoute.Place;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.wire.Commands;
import org.junit.jupiter.api.Test;

/** A request's way: here, else forwarded, else held. No thread: the test is time and network. */
class LeaderRouteTest {
  private static final WriteOutcome APPLIED =
      new WriteOutcome.Applied(7, new CommandResult.Done(true));
  private static final WriteOutcome LEADERLESS =
      new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER);
  private static final long SECOND = 1_000_000_000L;

  private record Asked(String address, CompletableFuture<Reply<Forwarded.WriteAnswer>> reply) {
    void answer(WriteOutcome outcome) {
      reply.complete(new Reply.Answered<>(new Forwarded.WriteAnswer(outcome)));
    }
  }

  private long now = SECOND;
  private final List<Place> places = new ArrayList<>(List.of(Place.nowhere(Failure.NO_LEADER)));
  private final List<List<String>> tried = new ArrayList<>();
  private final List<Forwarded.Write> sent = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();
  private final List<byte[]> proposed = new ArrayList<>();
  private CompletableFuture<WriteOutcome> proposal = new CompletableFuture<>();
  private Error fault; // struck by the next proposals
  private String ended = "";
  private final Timers timers = new Timers(() -> now);
  private final LeaderRoute route =
      new LeaderRoute(this::next, transport(), timers, Runnable::run, () -> ended);

  private Place next(int hops, List<String> already) {
    tried.add(already);
    return places.size() == 1 ? places.get(0) : places.remove(0);
  }

  private Transport transport() {
    return Wrapped.of(
        Transport.class,
        (method, arguments) -> {
          sent.add((Forwarded.Write) arguments[1]);
          asked.add(new Asked((String) arguments[0], new CompletableFuture<>()));
          return asked.get(asked.size() - 1).reply;
        });
  }

  private void places(Place... now) {
    places.clear();
    places.addAll(List.of(now));
  }

  private RoutedWrite write(byte[] data) {
    RoutedWrite write =
        new RoutedWrite(
            Caller.ANONYMOUS,
            null,
            data,
            (caller, command, bytes) -> {
              proposed.add(bytes);
              if (fault != null) {
                throw fault;
              }
              return proposal;
            },
            Failure::name);
    route.send(write, 0, now + 7 * SECOND);
    return write;
  }

  private static byte[] command() {
    return Commands.encode(new Command.KvDelete("k", null));
  }

  @Test
  void whoLeadsProposesTheBytesThatCameIn() {
    places(Place.here());
    byte[] data = command();
    RoutedWrite write = write(data);
    assertThat(proposed).hasSize(1);
    assertThat(proposed.get(0)).isSameAs(data);
    proposal.complete(APPLIED);
    assertThat(write.outcome).isCompletedWithValue(APPLIED);
    assertThat(sent).isEmpty();
  }

  @Test
  void whoDoesNotLeadPassesTheBytesOnUnread() {
    places(Place.at("leader"));
    byte[] data = {1, 2, 3}; // no command
    RoutedWrite write = write(data);
    assertThat(sent).hasSize(1);
    assertThat(sent.get(0).hops()).isEqualTo(1);
    assertThat(sent.get(0).command()).isSameAs(data);
    asked.get(0).answer(APPLIED);
    assertThat(write.outcome).isCompletedWithValue(APPLIED);
  }

  @Test
  void whatTheLeaderCannotReadIsRefusedAndNotProposed() {
    places(Place.here());
    RoutedWrite write = write(new byte[] {1, 2, 3});
    assertThat(proposed).isEmpty();
    assertThat(write.outcome)
        .isCompletedWithValueMatching(
            outcome ->
                outcome instanceof WriteOutcome.NotApplied refused
                    && refused.failure() == Failure.REFUSED
                    && refused.message().contains("cannot read this command"),
            "refused");
  }

  @Test
  void whatWasNotSentGoesToTheNextAndIsHeldWhenAllWereTried() {
    places(Place.at("a"), Place.at("b"), Place.nowhere(Failure.NO_LEADER));
    RoutedWrite write = write(command());
    asked.get(0).reply.complete(new Reply.NotSent<>("refused"));
    assertThat(asked).extracting(Asked::address).containsExactly("a", "b");
    asked.get(1).answer(LEADERLESS);
    assertThat(tried).containsExactly(List.of(), List.of("a"), List.of("a", "b"));
    assertThat(write.outcome).isNotDone();
    places(Place.here());
    proposal.complete(APPLIED);
    route.wake();
    assertThat(tried.get(3)).as("it begins anew").isEmpty();
    assertThat(write.outcome).isCompletedWithValue(APPLIED);
  }

  @Test
  void aWriteWhoseOutcomeIsUnknownGoesNowhereElse() {
    places(Place.at("a"), Place.at("b"));
    RoutedWrite write = write(command());
    asked.get(0).reply.complete(new Reply.Unknown<>("the connection broke"));
    assertThat(asked).hasSize(1);
    assertThat(write.outcome)
        .isCompletedWithValueMatching(WriteOutcome.Unknown.class::isInstance, "unknown");
  }

  @Test
  void aWriteWhoseRequestFailsOtherwiseIsOfUnknownOutcomeAsWell() {
    places(Place.at("a"));
    RoutedWrite write = write(command());
    asked.get(0).reply.completeExceptionally(new IllegalStateException("struck by the test"));
    assertThat(write.outcome)
        .isCompletedWithValueMatching(WriteOutcome.Unknown.class::isInstance, "unknown");
  }

  @Test
  void whatItsLeaderCouldNotProposeIsHeldUntilItsTimeIsOverAndNotLonger() {
    places(Place.here());
    proposal.complete(LEADERLESS);
    RoutedWrite write = write(command());
    assertThat(write.outcome).isNotDone();
    timers.run(now += 7 * SECOND - 1);
    assertThat(write.outcome).isNotDone();
    timers.run(now += 1);
    assertThat(write.outcome).isCompletedWithValue(notApplied(Failure.NO_LEADER));
    route.wake();
    assertThat(proposed).as("it is not tried after its end").hasSize(1);
  }

  @Test
  void aHeldWriteThatFailsAfterItWasProposedIsOfUnknownOutcome() {
    RoutedWrite write = write(command());
    fault = new OutOfMemoryError("struck by the test");
    places(Place.here());
    route.wake();
    assertThat(proposed).hasSize(1);
    assertThat(write.outcome)
        .isCompletedWithValueMatching(WriteOutcome.Unknown.class::isInstance, "unknown");
  }

  @Test
  void aForwardedWriteWhoseReplyMeetsAFaultIsOfUnknownOutcome() {
    places(Place.at("a"));
    RoutedWrite write = write(command());
    places(Place.here());
    fault = new OutOfMemoryError("struck by the test");
    asked.get(0).reply.complete(new Reply.NotSent<>("refused"));
    assertThat(write.outcome)
        .isCompletedWithValueMatching(WriteOutcome.Unknown.class::isInstance, "unknown");
  }

  @Test
  void aHeldRequestThatMayBeRepeatedFailsWhenItMeetsAFault() {
    Farewell farewell = new Farewell();
    farewell.fault = new OutOfMemoryError("struck by the test");
    route.send(farewell, 0, now + 7 * SECOND);
    places(Place.here());
    route.wake();
    assertThat(farewell.heard).containsExactly("led", Failure.UNAVAILABLE.name());
  }

  @Test
  void whatIsHeldIsTriedTenTimesASecondWhileSomebodyIsKnown() {
    write(command());
    places(Place.at("a"));
    route.sweep(false);
    assertThat(asked).isEmpty();
    now += SECOND / 10;
    route.sweep(true);
    assertThat(asked).hasSize(1);
    asked.get(0).reply.complete(new Reply.NotSent<>("refused"));
    assertThat(asked).hasSize(2);
    places(Place.nowhere(Failure.NO_LEADER));
    asked.get(1).reply.complete(new Reply.NotSent<>("refused"));
    places(Place.at("a"));
    now += SECOND / 10 - 1;
    route.sweep(true);
    assertThat(asked).hasSize(2);
    now += 1;
    route.sweep(true);
    assertThat(asked).hasSize(3);
  }

  @Test
  void whoeverIsKnownToBeNobodyIsAnsweredAtOnce() {
    places(Place.nowhere(Failure.NO_SERVERS));
    assertThat(write(command()).outcome).isCompletedWithValue(notApplied(Failure.NO_SERVERS));
  }

  @Test
  void anEndedAgentHoldsNothing() {
    ended = "thread core ended";
    assertThat(write(command()).outcome).isCompletedWithValue(notApplied(Failure.UNAVAILABLE));
  }

  @Test
  void beforeAStopWhatIsHeldIsAnsweredAndNothingIsHeldButAFarewell() {
    RoutedWrite before = write(command());
    Farewell farewell = new Farewell();
    route.send(farewell, 0, now + 7 * SECOND);
    route.end();
    assertThat(before.outcome).isCompletedWithValue(notApplied(Failure.NO_LEADER));
    assertThat(write(command()).outcome).isCompletedWithValue(notApplied(Failure.NO_LEADER));
    assertThat(farewell.heard).isEmpty();
    places(Place.here());
    route.wake();
    assertThat(farewell.heard).containsExactly("led");
  }

  private static WriteOutcome notApplied(Failure failure) {
    return new WriteOutcome.NotApplied(failure, failure.name());
  }

  private static final class Farewell implements LeaderRoute.Errand<Forwarded.LeaveAnswer> {
    private final List<String> heard = new ArrayList<>();
    private Error fault;

    @Override
    public void lead(Runnable again) {
      heard.add("led");
      if (fault != null) {
        throw fault;
      }
    }

    @Override
    public Forwarded.Leave request() {
      return new Forwarded.Leave(1, Caller.ANONYMOUS, null, "n1", "");
    }

    @Override
    public Duration timeout() {
      return Duration.ofSeconds(1);
    }

    @Override
    public boolean answered(Forwarded.LeaveAnswer answer) {
      return true;
    }

    @Override
    public boolean unknown(String reason, boolean over) {
      return false;
    }

    @Override
    public void fail(Failure failure) {
      heard.add(failure.name());
    }

    @Override
    public boolean isFarewell() {
      return true;
    }
  }
}
