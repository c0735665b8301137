package org.comitia.cluster;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.comitia.raft.Envelope;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;

/**
 * The road between server ports: frames of the Raft core and of the bootstrap, and requests with
 * answers. All methods are safe for any thread and never block.
 */
public interface Transport extends AutoCloseable {
  /**
   * A request with a longer timeout is taken for one that waits on purpose, a blocking query. Such
   * requests get three quarters of the places for requests only, here and on the other side, so
   * that however many wait, a write or a session's renewal finds room.
   */
  Duration LONGEST_SHORT_REQUEST = Duration.ofSeconds(20);

  /** Where frames and requests arrive. Called on transport threads: must not block. */
  interface Handler {
    void onEnvelope(Envelope envelope, String fromAddress);

    void onBootstrap(BootstrapEnvelope envelope, String fromAddress);

    /**
     * A request of another agent; the answer is sent when the stage completes. The stage's future
     * is cancelled when the connection ends before that: what is only a wait should end with it.
     *
     * @param fromServer whether the other agent may ask what only servers do; true unless servers
     *     prove that they are and it has not
     */
    CompletionStage<byte[]> onRequest(byte[] body, String fromAddress, boolean fromServer);

    /**
     * What has arrived so far is handed over: a time to look at all of it together. Comes soon
     * after frames, on the thread that brought them.
     */
    default void onPause() {}

    /**
     * A frame with entries of the log came that this version cannot read, and was dropped. On the
     * thread that brings frames.
     *
     * @param cluster of which it says that it is; it may be a stranger's, as each frame
     * @param why which entry, and what about it is not known
     */
    default void onUnreadable(UUID cluster, ServerId from, ServerId to, String why) {}

    /** A hint only: the connection from here to this address broke or could not be made. */
    void onBroken(String address);

    /**
     * The transport's thread ended without having been asked to: nothing is sent or received any
     * more, open requests have got their outcomes, and only a restart helps. Its last call.
     */
    default void onEnded(Throwable cause) {}
  }

  /** Starts to listen. @throws java.io.IOException when the address cannot be bound */
  void start(Handler handler) throws java.io.IOException;

  /**
   * Sends one frame, or drops it when the peer's queue is full; small urgent frames overtake bulk.
   */
  void send(String address, Envelope envelope);

  void send(String address, BootstrapEnvelope envelope);

  /**
   * Asks the agent at this address. Completes within {@code timeout}; the number of open requests
   * is bounded. An answer that cannot be read is {@link Reply.Unknown}.
   *
   * @throws IllegalArgumentException when the request is too large to be sent, with a text for
   *     whoever made it
   */
  <A extends Forwarded.Answer> CompletionStage<Reply<A>> request(
      String address, Forwarded<A> request, Duration timeout);

  /**
   * Whether it is this server that is reached at an address. Where servers do not prove that they
   * are, true; else, whether it was the last one that did. When it was not, a connection is made,
   * so that a later call can tell.
   */
  default boolean isServer(ServerId server, String address) {
    return true;
  }

  /** Whether servers prove that they are to each other, so that nobody else counts as one. */
  default boolean provesServers() {
    return false;
  }

  /** Frames dropped because of full queues, foreign addressees or bad encoding, since the start. */
  long dropped();

  @Override
  void close();
}
