import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.SynchronousQueue;

/** What this machine takes for the steps that no write can do without: {@code Costs FOLDER IP}. */
public class Costs {
  private interface Step {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0], "costs.tmp");
    try (FileChannel log = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer page = ByteBuffer.allocateDirect(4096);
      log.write(ByteBuffer.allocate(4 << 20), 0);
      log.force(true);
      long[] at = {0};
      Step write = () -> log.write(page.clear(), 4096 * (at[0]++ % 1024));
      show("sync of a page written in place, with its times (fsync)", 1_000, both(write, () -> log.force(true)));
      show("the same without them (fdatasync)", 1_000, both(write, () -> log.force(false)));
      long[] end = {4 << 20};
      Step append = () -> log.write(page.clear(), (end[0] += 4096));
      show("sync of a page that makes the file longer (fdatasync)", 1_000, both(append, () -> log.force(false)));
    }
    SynchronousQueue<Object> there = new SynchronousQueue<>();
    SynchronousQueue<Object> back = new SynchronousQueue<>();
    daemon(() -> {
      while (true) {
        back.put(there.take());
      }
    });
    show("to another thread of the process and back: two wake-ups", 20_000, () -> {
      there.put(there);
      back.take();
    });
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getByName(args[1]), 0));
      daemon(() -> echo(server.accept()));
      SocketChannel client = SocketChannel.open(server.getLocalAddress());
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      client.configureBlocking(false);
      Selector selector = Selector.open();
      client.register(selector, SelectionKey.OP_READ);
      ByteBuffer message = ByteBuffer.allocateDirect(200);
      show("a message to another selector's thread and its answer: two wake-ups", 20_000, () -> {
        client.write(message.clear());
        message.clear();
        while (message.hasRemaining()) {
          selector.select();
          selector.selectedKeys().clear();
          client.read(message);
        }
      });
    }
  }

  private static void echo(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    Selector selector = Selector.open();
    channel.register(selector, SelectionKey.OP_READ);
    ByteBuffer message = ByteBuffer.allocateDirect(200);
    while (true) {
      message.clear();
      while (message.hasRemaining()) {
        selector.select();
        selector.selectedKeys().clear();
        if (channel.read(message) < 0) {
          return;
        }
      }
      channel.write(message.flip());
    }
  }

  private static Step both(Step first, Step second) {
    return () -> {
      first.run();
      second.run();
    };
  }

  private static void daemon(Step work) {
    Thread thread = new Thread(() -> {
      try {
        work.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    thread.setDaemon(true);
    thread.start();
  }

  /** Done as often before, unmeasured. */
  private static void show(String what, int times, Step step) throws Exception {
    long[] nanos = new long[times];
    for (int i = -times; i < times; i++) {
      long begin = System.nanoTime();
      step.run();
      if (i >= 0) {
        nanos[i] = System.nanoTime() - begin;
      }
    }
    Arrays.sort(nanos);
    System.out.printf("p50=%.0fus p90=%.0fus %s%n", nanos[times / 2] / 1e3, nanos[times * 9 / 10] / 1e3, what);
  }
}
