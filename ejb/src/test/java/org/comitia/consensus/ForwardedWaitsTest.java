package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Envelope;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.transport.NioTransport;
import org.comitia.transport.TransportOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Blocking queries that come over the server port. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ForwardedWaitsTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  @TempDir Path root;

  @Test
  void aWaitEndsWithTheConnectionItCameOver() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node server = leader(cluster, Duration.ofMinutes(10));
      try (NioTransport asker = asker()) {
        for (int i = 0; i < 3; i++) {
          ask(asker, server, Duration.ofMinutes(9));
        }
        await("three waits", () -> server.server.figures().blockingQueries() == 3);
      }
      await("their end", () -> server.server.figures().blockingQueries() == 0);
    }
  }

  @Test
  void aWaitThatIsAskedForOverTheBoundIsAnsweredAtTheBound() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node server = leader(cluster, Duration.ofMillis(800));
      try (NioTransport asker = asker()) {
        // Longer than this test may take: only a bound answers it.
        Reply<Forwarded.ReadAnswer<KvEntryResult>> reply =
            ask(asker, server, Duration.ofMinutes(4)).get(60, TimeUnit.SECONDS);
        ReadOutcome<KvEntryResult> outcome =
            reply.match(Forwarded.ReadAnswer::outcome, notSent -> null, unknown -> null);
        assertThat(outcome).isInstanceOf(ReadOutcome.Answer.class);
      }
    }
  }

  private static Node leader(LoopbackCluster cluster, Duration maxQueryTime) throws Exception {
    cluster.maxQueryTime = maxQueryTime;
    Node server = cluster.start("n1", 0, true);
    await("n1 leads", () -> server.server.status().established());
    return server;
  }

  private static CompletableFuture<Reply<Forwarded.ReadAnswer<KvEntryResult>>> ask(
      NioTransport asker, Node server, Duration wait) {
    Read<KvEntryResult> read =
        new Read<>(
            Caller.ANONYMOUS,
            new Query.KvGet("k"),
            Read.Consistency.STALE,
            Long.MAX_VALUE,
            wait,
            null);
    String address = server.server.status().leaderAddress();
    return asker.request(address, new Forwarded.ReadRequest<>(0, read), LONG).toCompletableFuture();
  }

  private static NioTransport asker() throws Exception {
    NioTransport asker =
        new NioTransport(
            TransportOptions.of(InetAddress.getByName("127.0.5.9"), -1, ""), Thread::new);
    asker.start(new Nobody());
    return asker;
  }

  private static final class Nobody implements Transport.Handler {
    @Override
    public void onEnvelope(Envelope envelope, String fromAddress) {}

    @Override
    public void onBootstrap(BootstrapEnvelope envelope, String fromAddress) {}

    @Override
    public CompletionStage<byte[]> onRequest(byte[] body, String fromAddress, boolean fromServer) {
      return CompletableFuture.failedFuture(new IllegalStateException("it answers nothing"));
    }

    @Override
    public void onBroken(String address) {}
  }
}
