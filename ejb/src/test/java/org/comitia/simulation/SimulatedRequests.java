package org.comitia.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.raft.Envelope;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.wire.ForwardCodec;

/**
 * One agent's requests to others, as the transport that ships encodes and decodes them: answered,
 * surely not sent, or of unknown outcome, which it is at the latest when its time is over.
 */
final class SimulatedRequests implements Transport {
  private record Open(CompletableFuture<Reply<byte[]>> reply, long until) {}

  private final World world;
  private final int from;
  private final LongSupplier clock;
  private final Executor arrivals;
  private final List<Open> open = new ArrayList<>();
  private final Map<String, Reply<byte[]>> indexes = new HashMap<>();
  private UUID answering;

  /**
   * @param from whose: a server's ordinal, or {@link SimulatedNetwork#CLIENT}
   * @param arrivals runs what arrives here
   */
  SimulatedRequests(World world, int from, LongSupplier clock, Executor arrivals) {
    this.world = world;
    this.from = from;
    this.clock = clock;
    this.arrivals = arrivals;
  }

  @Override
  public <A extends Forwarded.Answer> CompletionStage<Reply<A>> request(
      String address, Forwarded<A> request, Duration timeout) {
    CompletableFuture<Reply<byte[]>> reply = new CompletableFuture<>();
    open.add(new Open(reply, clock.getAsLong() + timeout.toNanos()));
    boolean again =
        world.broken == Breakage.READ_INDEX_REUSED && request instanceof Forwarded.ReadIndex;
    world.network.request(
        from,
        address,
        ForwardCodec.encode(request),
        (came, cluster) ->
            arrivals.execute(
                () -> {
                  Reply<byte[]> older = again ? indexes.put(address, came) : null;
                  answering = cluster;
                  complete(reply, older == null ? came : older);
                }));
    return reply.thenApply(came -> ForwardCodec.decodeReply(came, request));
  }

  private void complete(CompletableFuture<Reply<byte[]>> reply, Reply<byte[]> came) {
    boolean lies = world.broken == Breakage.RESENT_WRITE && came instanceof Reply.Unknown;
    reply.complete(lies ? new Reply.NotSent<>("it says") : came);
  }

  /** To be called each tick. */
  void tick() {
    open.removeIf(one -> one.reply.isDone());
    for (Open one : List.copyOf(open)) {
      if (clock.getAsLong() - one.until >= 0) {
        complete(one.reply, new Reply.Unknown<>("no answer in time"));
      }
    }
  }

  /** The cluster of the server whose answer is being handed over. */
  UUID answering() {
    return answering;
  }

  // ---- the rest comes another way ----

  @Override
  public void start(Handler handler) {}

  @Override
  public void send(String address, Envelope envelope) {}

  @Override
  public void send(String address, BootstrapEnvelope envelope) {}

  @Override
  public long dropped() {
    return 0;
  }

  @Override
  public void close() {}
}
