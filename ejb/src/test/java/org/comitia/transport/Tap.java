package org.comitia.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.config.HostPort;

/** Passes connections on to another address, and sees all that goes through. */
final class Tap implements AutoCloseable {
  final String address;
  private final InetSocketAddress target;
  private final int buffer;
  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final AtomicLong back = new AtomicLong();

  /**
   * @param buffer of the sockets, in bytes
   */
  Tap(String ip, String target, int buffer) throws IOException {
    this.target = HostPort.parse(target).literal();
    this.buffer = buffer;
    server = new ServerSocket();
    server.setReceiveBufferSize(buffer);
    server.bind(new InetSocketAddress(InetAddress.getByName(ip), 0));
    address = ip + ":" + server.getLocalPort();
    start(this::accept);
  }

  boolean saw(String text) {
    synchronized (seen) {
      return seen.toString(StandardCharsets.ISO_8859_1).contains(text);
    }
  }

  /** How many bytes went back to those who connected. */
  long back() {
    return back.get();
  }

  private void start(Runnable work) {
    Thread thread = new Thread(work, "tap-" + address);
    threads.add(thread);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket from = server.accept();
        sockets.add(from);
        Socket to = new Socket();
        sockets.add(to);
        to.setReceiveBufferSize(buffer);
        to.setSendBufferSize(buffer);
        from.setSendBufferSize(buffer);
        to.connect(target);
        start(() -> pass(from, to, new AtomicLong()));
        start(() -> pass(to, from, back));
      }
    } catch (IOException closed) {
      // By the test's end.
    }
  }

  private void pass(Socket from, Socket to, AtomicLong count) {
    // No power of two: what goes through is cut where nobody cut it.
    byte[] piece = new byte[buffer / 3];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n; (n = in.read(piece)) >= 0; ) {
        synchronized (seen) {
          seen.write(piece, 0, n);
        }
        count.addAndGet(n);
        out.write(piece, 0, n);
      }
    } catch (IOException closed) {
      // One side has ended: so does the other.
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
