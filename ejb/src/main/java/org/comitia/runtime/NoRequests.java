package org.comitia.runtime;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Transport;
import org.comitia.consensus.VitalThreads;
import org.comitia.raft.Envelope;
import org.comitia.raft.bootstrap.BootstrapEnvelope;

/** A client agent takes no frames and no requests: it does not listen, it only asks. */
final class NoRequests implements Transport.Handler {
  private final VitalThreads vital;

  NoRequests(VitalThreads vital) {
    this.vital = vital;
  }

  @Override
  public void onEnvelope(Envelope envelope, String fromAddress) {
    // no server, no consensus
  }

  @Override
  public void onBootstrap(BootstrapEnvelope envelope, String fromAddress) {
    // no server, no bootstrap
  }

  @Override
  public CompletionStage<byte[]> onRequest(byte[] body, String fromAddress, boolean fromServer) {
    return CompletableFuture.failedFuture(
        new IllegalStateException("this agent is a client and answers no requests"));
  }

  @Override
  public void onBroken(String address) {
    // the next request chooses another server
  }

  @Override
  public void onEnded(Throwable cause) {
    vital.ended(VitalThreads.TRANSPORT, cause);
  }
}
