package org.comitia.consensus;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.comitia.consensus.port.Transport;
import org.comitia.raft.Envelope;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.wire.ForwardCodec;

/**
 * What arrives at a server's port: frames go to the engine, other agents' requests are answered.
 */
final class RequestDesk implements Transport.Handler {
  private final Engine engine;
  private final ServerCluster cluster;
  private final Removal removal;
  private final Executor executor;
  private final VitalThreads vital;

  RequestDesk(
      Engine engine,
      ServerCluster cluster,
      Removal removal,
      Executor executor,
      VitalThreads vital) {
    this.engine = engine;
    this.cluster = cluster;
    this.removal = removal;
    this.executor = executor;
    this.vital = vital;
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
  public void onBroken(String address) {
    engine.onBroken(address);
  }

  @Override
  public void onEnded(Throwable cause) {
    vital.ended(VitalThreads.TRANSPORT, cause);
  }

  @Override
  public CompletionStage<byte[]> onRequest(byte[] body, String fromAddress) {
    CompletableFuture<byte[]> bytes = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            answer(ForwardCodec.decodeRequest(body))
                .thenApply(ForwardCodec::encode)
                .whenComplete(
                    (answer, error) -> {
                      if (error == null) {
                        bytes.complete(answer);
                      } else {
                        bytes.completeExceptionally(error);
                      }
                    });
          } catch (Throwable e) {
            // The transport answers that it failed, and closes the connection after an Error.
            bytes.completeExceptionally(e);
          }
        });
    return bytes;
  }

  private CompletionStage<? extends Forwarded.Answer> answer(Forwarded request) {
    if (request instanceof Forwarded.Write write) {
      return cluster.write(write.command(), write.hops()).thenApply(Forwarded.WriteAnswer::new);
    } else if (request instanceof Forwarded.ReadRequest read) {
      return cluster.read(read.read(), read.hops()).thenApply(Forwarded.ReadAnswer::new);
    } else if (request instanceof Forwarded.Renew renew) {
      return cluster.renew(renew.session(), renew.hops()).thenApply(Forwarded.ReadAnswer::new);
    } else if (request instanceof Forwarded.ReadIndex) {
      return cluster.leadersReadIndex().thenApply(Forwarded.ReadIndexAnswer::new);
    } else if (request instanceof Forwarded.StatusRequest) {
      return cluster.status().thenApply(Forwarded.StatusReply::new);
    } else if (request instanceof Forwarded.ConfigurationRequest configuration) {
      return cluster
          .configuration(configuration.stale(), configuration.hops())
          .thenApply(Forwarded.ConfigurationReply::new);
    } else if (request instanceof Forwarded.Leave leave) {
      return removal.leave(leave);
    } else if (request instanceof Forwarded.RemovePeer peer) {
      return removal.removePeer(peer);
    }
    throw new IllegalArgumentException("no answer for " + request.getClass());
  }
}
