package org.comitia.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The socket of an accepted connection while the proof of the key is not demanded yet: the first
 * byte says whether it is secured, or plain. No greeting is so long that it begins like a record of
 * TLS.
 */
final class EitherChannel implements LinkChannel {
  private final SocketChannel socket;
  private final SecuredChannel secured;
  private final boolean server;
  private final ByteBuffer first = ByteBuffer.allocate(1);

  /** Null as long as nothing has come: then nothing is written either. */
  private volatile LinkChannel chosen;

  /**
   * @param secured of the same socket, not used yet
   * @param server whether who proves nothing counts as a server
   */
  EitherChannel(SocketChannel socket, SecuredChannel secured, boolean server) {
    this.server = server;
    this.socket = socket;
    this.secured = secured;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (chosen != null) {
      return chosen.read(into);
    }
    int n = socket.read(first);
    if (n <= 0) {
      return n;
    }
    byte began = first.get(0);
    if (SecuredChannel.isRecord(began)) {
      secured.begun(began);
      chosen = secured;
    } else {
      into.put(began);
      chosen = new PlainChannel(socket, server);
    }
    return n + Math.max(0, chosen.read(into));
  }

  @Override
  public boolean isServer() {
    return chosen != null && chosen.isServer();
  }

  @Override
  public boolean isDrained() {
    return chosen == null || chosen.isDrained();
  }

  @Override
  public boolean isInPart() {
    return chosen != null && chosen.isInPart();
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    return chosen == null ? 0 : chosen.write(from);
  }

  @Override
  public boolean isFull() {
    return chosen != null && chosen.isFull();
  }

  @Override
  public boolean owes() {
    return chosen != null && chosen.owes();
  }

  @Override
  public long handed() {
    return chosen == null ? 0 : chosen.handed();
  }

  @Override
  public boolean isOutdated() {
    return chosen != null && chosen.isOutdated();
  }

  @Override
  public void close() throws IOException {
    if (chosen == null) {
      socket.close();
    } else {
      chosen.close();
    }
  }
}
