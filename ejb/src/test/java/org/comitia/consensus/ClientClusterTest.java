package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Member;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.config.AclSettings;
import org.comitia.raft.Envelope;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.wire.Commands;
import org.comitia.wire.ForwardCodec;
import org.junit.jupiter.api.Test;

class ClientClusterTest {
  private static final Member SERVER =
      new Member(
          "s1",
          new UUID(0, 1),
          "127.0.66.1",
          8301,
          Map.of(Member.Tags.ROLE, "consul", Member.Tags.PORT, "8300"),
          Member.Status.ALIVE,
          0);

  private final Asked asked = new Asked();
  private final ClientCluster cluster =
      new ClientCluster(
          "client",
          new UUID(1, 9),
          () -> List.of(SERVER),
          asked,
          Runnable::run,
          Duration.ofSeconds(7),
          AclSettings.OFF);

  /** The road to a server that answers when the test says so. */
  private static final class Asked implements Transport {
    private final List<Forwarded<?>> requests = new ArrayList<>();
    private final List<CompletableFuture<Reply<byte[]>>> replies = new ArrayList<>();

    @Override
    public <A extends Forwarded.Answer> CompletionStage<Reply<A>> request(
        String address, Forwarded<A> request, Duration timeout) {
      requests.add(request);
      replies.add(new CompletableFuture<>());
      return replies
          .get(replies.size() - 1)
          .thenApply(reply -> ForwardCodec.decodeReply(reply, request));
    }

    private void answer(int number, ReadOutcome<?> outcome) {
      byte[] body = ForwardCodec.encode(new Forwarded.ReadAnswer<>(outcome));
      replies.get(number).complete(new Reply.Answered<>(body));
    }

    @Override
    public void start(Handler handler) {}

    @Override
    public void send(String address, Envelope envelope) {
      throw new AssertionError("a client agent sends no frames");
    }

    @Override
    public void send(String address, BootstrapEnvelope envelope) {
      throw new AssertionError("a client agent sends no frames");
    }

    @Override
    public long dropped() {
      return 0;
    }

    @Override
    public void close() {}
  }

  @Test
  void aServerThatDidNotAnswerIsNotAskedFirstTheNextTime() {
    List<String> asked = new ArrayList<>();
    Transport transport =
        Wrapped.of(
            Transport.class,
            (method, arguments) -> {
              asked.add((String) arguments[0]);
              return CompletableFuture.completedFuture(
                  new Reply.Unknown<Forwarded.WriteAnswer>("it is frozen"));
            });
    ClientCluster clients =
        new ClientCluster(
            "client",
            new UUID(1, 9),
            () -> List.of(server(1), server(2)),
            transport,
            Runnable::run,
            Duration.ofSeconds(7),
            AclSettings.OFF);
    for (int i = 0; i < 64; i++) {
      clients.write(Caller.ANONYMOUS, new Command.KvDelete("k", null)).toCompletableFuture().join();
    }
    assertThat(asked).hasSize(64).contains("10.0.0.1:8300", "10.0.0.2:8300");
  }

  private static Member server(int number) {
    Map<String, String> tags = Map.of(Member.Tags.ROLE, "consul", Member.Tags.PORT, "8300");
    return new Member(
        "n" + number, new UUID(1, number), "10.0.0." + number, 8301, tags, Member.Status.ALIVE, 0);
  }

  @Test
  void aCommandThatIsTooLargeIsRefusedBeforeAnyServerIsAsked() {
    Command large = new Command.KvPut("k", new byte[Commands.MAX_BYTES], 0, null);
    WriteOutcome outcome = cluster.write(Caller.ANONYMOUS, large).toCompletableFuture().join();
    assertThat(outcome).isInstanceOf(WriteOutcome.NotApplied.class);
    WriteOutcome.NotApplied refused = (WriteOutcome.NotApplied) outcome;
    assertThat(refused.failure()).isEqualTo(Failure.REFUSED);
    assertThat(refused.message()).startsWith("COM4024: the request is too large: ");
    assertThat(asked.requests).isEmpty();
  }

  @Test
  void aSnapshotIsToBeAskedOfAServer() {
    Cluster.SnapshotAnswer answer =
        cluster.snapshot(Caller.ANONYMOUS, true).toCompletableFuture().join();
    assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
    assertThat(answer.message()).startsWith("COM4041: ").endsWith("Servers: 127.0.66.1");
    assertThat(asked.requests).isEmpty();
  }

  @Test
  void whatNoServerTookIsHeldAndAskedAgainByTheNextSweep() throws Exception {
    var outcome =
        cluster.write(Caller.ANONYMOUS, new Command.KvDelete("k", null)).toCompletableFuture();
    asked.replies.get(0).complete(new Reply.NotSent<>("refused"));
    assertThat(asked.requests).as("there is no other server").hasSize(1);
    await(
        "it is asked again",
        () -> {
          cluster.passDeadlines();
          return asked.requests.size() == 2;
        });
    byte[] done =
        ForwardCodec.encode(
            new Forwarded.WriteAnswer(new WriteOutcome.Applied(7, new CommandResult.Done(true))));
    asked.replies.get(1).complete(new Reply.Answered<>(done));
    assertThat(outcome.join()).isInstanceOf(WriteOutcome.Applied.class);
  }

  private static Read<KvEntryResult> read(long minIndex, Duration wait) {
    return new Read<>(
        Caller.ANONYMOUS, new Query.KvGet("k"), Read.Consistency.DEFAULT, minIndex, wait, null);
  }

  @Test
  void whatWaitsIsAnsweredBeforeAStopByOneReadForAllThatAskAlike() {
    var first = cluster.read(read(5, Duration.ofMinutes(10))).toCompletableFuture();
    var second = cluster.read(read(6, Duration.ofMinutes(5))).toCompletableFuture();
    assertThat(asked.requests).hasSize(2);

    cluster.answerWaiting();
    assertThat(asked.requests).hasSize(3);
    assertThat(asked.requests.get(2))
        .isEqualTo(new Forwarded.ReadRequest<>(0, read(0, Duration.ZERO)));
    ReadOutcome<KvEntryResult> there =
        new ReadOutcome.Answer<>(new KvEntryResult(5, null), true, 0, false);
    asked.answer(2, there);
    assertThat(first).isCompletedWithValue(there);
    assertThat(second).isCompletedWithValue(there);

    cluster.read(read(5, Duration.ofMinutes(10)));
    assertThat(asked.requests.get(3))
        .as("one that comes now")
        .isEqualTo(new Forwarded.ReadRequest<>(0, read(0, Duration.ZERO)));
  }

  @Test
  void beforeAStopNothingWaitsForAServer() {
    cluster.answerWaiting();
    var outcome = cluster.read(read(0, Duration.ZERO)).toCompletableFuture();
    asked.replies.get(0).complete(new Reply.NotSent<>("refused"));
    assertThat(outcome)
        .isCompletedWithValueMatching(ReadOutcome.Failed.class::isInstance, "failed");
  }
}
