package org.comitia.consensus;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Envelope;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.state.QueryResult;
import org.comitia.wire.ForwardCodec;
import org.comitia.wire.MalformedFrameException;

/**
 * What arrives at a server's port: frames go to the engine, other agents' requests are answered.
 */
final class RequestDesk implements Transport.Handler {
  /** Requests up to this length are decoded on the transport's thread. */
  private static final int SMALL_BYTES = 16;

  private final Engine engine;
  private final ServerCluster cluster;
  private final Removal removal;
  private final SnapshotSource snapshots;
  private final Executor executor;
  private final VitalThreads vital;
  private final Duration longestWait;
  private final RequestRates rates;
  private final boolean proven;

  /**
   * @param maxQueryTime the longest that a blocking query may ask to wait; up to a sixteenth more
   *     is granted, as the HTTP API adds it
   * @param rates of what client agents send; what a server passes on was counted there
   * @param proven whether servers prove that they are: who says it otherwise is taken at its word
   */
  RequestDesk(
      Engine engine,
      ServerCluster cluster,
      Removal removal,
      SnapshotSource snapshots,
      Executor executor,
      VitalThreads vital,
      Duration maxQueryTime,
      RequestRates rates,
      boolean proven) {
    this.proven = proven;
    this.engine = engine;
    this.cluster = cluster;
    this.removal = removal;
    this.snapshots = snapshots;
    this.executor = executor;
    this.vital = vital;
    this.rates = rates;
    this.longestWait = maxQueryTime.plus(maxQueryTime.dividedBy(16));
  }

  @Override
  public void onEnvelope(Envelope envelope, String fromAddress) {
    engine.onEnvelope(envelope);
  }

  @Override
  public void onBootstrap(BootstrapEnvelope envelope, String fromAddress) {
    engine.onBootstrap(envelope);
  }

  @Override
  public void onUnreadable(UUID cluster, ServerId from, ServerId to, String why) {
    engine.onUnreadable(cluster, from, to, why);
  }

  @Override
  public void onPause() {
    engine.step();
  }

  @Override
  public void onBroken(String address) {
    engine.onBroken(address);
  }

  @Override
  public void onEnded(Throwable cause) {
    vital.ended(VitalThreads.TRANSPORT, cause);
  }

  /** Cancelling the answer ends a read that waits: its asker is gone. */
  @Override
  public CompletionStage<byte[]> onRequest(byte[] body, String fromAddress, boolean fromServer) {
    CompletableFuture<byte[]> bytes = new CompletableFuture<>();
    if (body.length <= SMALL_BYTES) {
      decode(body, fromServer, bytes);
    } else {
      executor.execute(() -> decode(body, fromServer, bytes));
    }
    return bytes;
  }

  /** A question for the read index needs no thread of its own: it is only passed to the core. */
  private void decode(byte[] body, boolean fromServer, CompletableFuture<byte[]> bytes) {
    answering(
        bytes,
        () -> {
          Forwarded<?> request = ForwardCodec.decodeRequest(body);
          if (!fromServer && isOfServers(request)) {
            throw new IllegalStateException(
                "COM3113: only servers ask that, and the certificate of this agent is no server's");
          }
          if (request instanceof Forwarded.ReadIndex || body.length > SMALL_BYTES) {
            request.accept(new Desk(bytes, proven && fromServer));
          } else {
            executor.execute(
                () ->
                    answering(bytes, () -> request.accept(new Desk(bytes, proven && fromServer))));
          }
        });
  }

  private static boolean isOfServers(Forwarded<?> request) {
    return request instanceof Forwarded.ReadIndex || request instanceof Forwarded.SnapshotRequest;
  }

  private interface Part {
    void run() throws MalformedFrameException;
  }

  private static void answering(CompletableFuture<byte[]> bytes, Part part) {
    try {
      part.run();
    } catch (Throwable e) {
      // The transport answers that it failed, and closes the connection after an Error.
      bytes.completeExceptionally(e);
    }
  }

  /** The same read, with a wait no longer than this server grants its own clients. */
  private <R extends QueryResult> Read<R> bounded(Read<R> read) {
    return read.maxWait().compareTo(longestWait) <= 0
        ? read
        : new Read<>(
            read.caller(),
            read.query(),
            read.consistency(),
            read.minIndex(),
            longestWait,
            read.maxStale());
  }

  private static void pass(
      CompletionStage<? extends Forwarded.Answer> answer, CompletableFuture<byte[]> bytes) {
    answer
        .thenApply(ForwardCodec::encode)
        .whenComplete(
            (encoded, error) -> {
              if (error == null) {
                bytes.complete(encoded);
              } else {
                bytes.completeExceptionally(error);
              }
            });
  }

  /** What is done for each request; its answer's bytes come later. */
  private final class Desk implements Forwarded.Requests<Void> {
    private final CompletableFuture<byte[]> bytes;
    private final boolean provenServer;

    private Desk(CompletableFuture<byte[]> bytes, boolean provenServer) {
      this.bytes = bytes;
      this.provenServer = provenServer;
    }

    /** What a server passes on was counted there; who only says that it does is no server. */
    private boolean isCounted(Forwarded<?> request) {
      return request.hops() == 0 || (proven && !provenServer);
    }

    private Void answer(CompletionStage<? extends Forwarded.Answer> answer) {
      pass(answer, bytes);
      return null;
    }

    @Override
    public Void onWrite(Forwarded.Write write) {
      if (isCounted(write) && !rates.takesWrite()) {
        return answer(
            CompletableFuture.completedFuture(
                new Forwarded.WriteAnswer(
                    new WriteOutcome.NotApplied(Failure.OVERLOADED, RequestRates.EXCEEDED))));
      }
      return answer(
          cluster
              .write(write.caller(), write.command(), write.hops())
              .thenApply(Forwarded.WriteAnswer::new));
    }

    @Override
    public <R extends QueryResult> Void onRead(Forwarded.ReadRequest<R> request) {
      if (isCounted(request) && !rates.takesRead()) {
        return answer(
            CompletableFuture.completedFuture(
                new Forwarded.ReadAnswer<R>(
                    new ReadOutcome.Failed<>(Failure.OVERLOADED, RequestRates.EXCEEDED))));
      }
      CompletableFuture<ReadOutcome<R>> outcome =
          cluster.read(bounded(request.read()), request.hops()).toCompletableFuture();
      bytes.whenComplete(
          (answer, cancelled) -> {
            if (bytes.isCancelled()) {
              outcome.cancel(false);
            }
          });
      return answer(outcome.thenApply(Forwarded.ReadAnswer::new));
    }

    @Override
    public Void onRenew(Forwarded.Renew renew) {
      return answer(
          cluster
              .renew(renew.caller(), renew.session(), renew.hops())
              .thenApply(Forwarded.ReadAnswer::new));
    }

    @Override
    public Void onReadIndex(Forwarded.ReadIndex request) {
      cluster.leadersReadIndex(
          index -> bytes.complete(ForwardCodec.encode(new Forwarded.ReadIndexAnswer(index))));
      return null;
    }

    @Override
    public Void onStatus(Forwarded.StatusRequest request) {
      return answer(cluster.status().thenApply(Forwarded.StatusReply::new));
    }

    @Override
    public Void onConfiguration(Forwarded.ConfigurationRequest request) {
      return answer(
          cluster
              .configuration(request.caller(), request.stale(), request.hops())
              .thenApply(Forwarded.ConfigurationReply::new));
    }

    @Override
    public Void onLeave(Forwarded.Leave leave) {
      return answer(removal.leave(leave, provenServer));
    }

    @Override
    public Void onRemovePeer(Forwarded.RemovePeer peer) {
      return answer(removal.removePeer(peer));
    }

    @Override
    public Void onSnapshot(Forwarded.SnapshotRequest request) {
      return answer(snapshots.answer(request));
    }

    @Override
    public Void onTransferLeader(Forwarded.TransferLeader request) {
      return answer(cluster.transfers().transfer(request));
    }

    @Override
    public Void onResolveToken(Forwarded.ResolveToken request) {
      bytes.complete(ForwardCodec.encode(cluster.resolve(request.caller())));
      return null;
    }

    @Override
    public Void onAutopilot(Forwarded.AutopilotRequest request) {
      return answer(
          cluster
              .autopilot(request.caller(), request.hops())
              .thenApply(Forwarded.AutopilotReply::new));
    }
  }
}
