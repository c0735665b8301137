package org.comitia.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Of an agent without an encrypt key and certificates: bytes go as they are. */
final class PlainChannel implements LinkChannel {
  private final SocketChannel socket;
  private final boolean server;
  private boolean drained;
  private boolean full;
  private long handed;

  /**
   * @param server whether whoever is there counts as a server
   */
  PlainChannel(SocketChannel socket, boolean server) {
    this.server = server;
    this.socket = socket;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int n = socket.read(into);
    drained = into.hasRemaining();
    return n;
  }

  @Override
  public boolean isServer() {
    return server;
  }

  @Override
  public boolean isDrained() {
    return drained;
  }

  @Override
  public boolean isInPart() {
    return false;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int n = socket.write(from);
    handed += n;
    full = from.hasRemaining();
    return n;
  }

  @Override
  public boolean isFull() {
    return full;
  }

  @Override
  public boolean owes() {
    return false;
  }

  @Override
  public long handed() {
    return handed;
  }

  @Override
  public boolean isOutdated() {
    return false;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
