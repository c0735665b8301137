import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code java Watchers.java HOST:PORT COUNT ROUNDS WATCHED-PATH CHANGED-PATH [BODY]}: COUNT
 * connections, one thread. Each asks for the path and blocks; then the change is written, and each
 * answer's arrival is timed from when the write was sent. After a round they block again, on the
 * same connections. It says {@code waiting} before the first change and goes on at a line on
 * standard input. {@code -Dserver=PID} tells the processor time that the server took as well.
 */
public class Watchers {
  private static final HttpClient HTTP = 
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final Pattern GAUGE =
      Pattern.compile("queries_blocking\"[^}]*\"Value\": ?(\\d+)");

  private final String host;
  private final InetSocketAddress address;
  private final String watched;
  private final SocketChannel[] channels;
  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final long[] arrived;
  private final boolean[] answered;
  private int outstanding;

  private Watchers(String host, int count, String watched) throws IOException {
    this.host = host;
    int colon = host.lastIndexOf(':');
    address =
        new InetSocketAddress(host.substring(0, colon), Integer.parseInt(host.substring(colon + 1)));
    this.watched = watched;
    channels = new SocketChannel[count];
    arrived = new long[count];
    answered = new boolean[count];
  }

  public static void main(String[] arguments) throws Exception {
    String host = arguments[0];
    int count = Integer.parseInt(arguments[1]);
    Watchers watchers = new Watchers(host, count, arguments[3]);
    byte[] body = arguments.length > 5 ? arguments[5].getBytes(StandardCharsets.UTF_8) : null;
    for (int round = 0; round < Integer.parseInt(arguments[2]); round++) {
      String change = body == null ? "value " + round : arguments[5].replace("@", "" + round);
      long index = watchers.index();
      long began = System.nanoTime();
      watchers.block(index);
      System.out.printf("round %d: %d waiting after %.1f s%n", round, count, seconds(began));
      if (round == 0) {
        System.out.println("waiting");
        System.in.read();
      }
      watchers.wake(arguments[4], change);
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private long index() throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://" + host + watched)).build(),
            HttpResponse.BodyHandlers.ofString());
    return answer.headers().firstValueAsLong("X-Consul-Index").orElseThrow();
  }

  /** How many queries wait at the server, as its gauge tells. */
  private long waiting() throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://" + host + "/v1/agent/metrics")).build(),
            HttpResponse.BodyHandlers.ofString());
    Matcher gauge = GAUGE.matcher(answer.body());
    return gauge.find() ? Long.parseLong(gauge.group(1)) : 0;
  }

  /** Sends every request, and waits until all of them wait at the server. */
  private void block(long index) throws Exception {
    byte[] request =
        ("GET " + watched + (watched.contains("?") ? "&" : "?") + "wait=10m&index=" + index)
            .concat(" HTTP/1.1\r\nHost: bench\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < channels.length; i++) {
      if (channels[i] == null) {
        channels[i] = SocketChannel.open(address);
        channels[i].configureBlocking(false);
        channels[i].register(selector, SelectionKey.OP_READ, i);
      }
      channels[i].write(ByteBuffer.wrap(request));
    }
    Arrays.fill(answered, false);
    outstanding = channels.length;
    for (long until = System.nanoTime() + 120_000_000_000L; waiting() < channels.length; ) {
      if (System.nanoTime() > until) {
        throw new IOException("only " + waiting() + " wait after two minutes");
      }
      read(System.nanoTime() + 100_000_000L);
    }
    if (outstanding < channels.length) {
      throw new IOException(channels.length - outstanding + " were answered at once");
    }
  }

  /** Processor time of the server so far, in ticks of 10 ms; 0 when its pid is not known. */
  private static long ticks() throws IOException {
    String pid = System.getProperty("server");
    if (pid == null) {
      return 0;
    }
    String stat = Files.readString(Path.of("/proc", pid, "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private void wake(String path, String body) throws Exception {
    long before = ticks();
    long sent = System.nanoTime();
    var put =
        HTTP.sendAsync(
            HttpRequest.newBuilder(URI.create("http://" + host + path))
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    var written = put.thenApply(answer -> System.nanoTime());
    read(sent + 120_000_000_000L);
    System.out.printf(
        "write: %d after %.1f ms%n", put.get().statusCode(), millis(written.get() - sent));
    if (outstanding > 0) {
      throw new IOException(outstanding + " were not woken within two minutes");
    }
    long[] times = arrived.clone();
    Arrays.sort(times);
    System.out.printf(
        "woken: first %.1f ms, half %.1f ms, 99%% %.1f ms, last %.1f ms; server's processor time %d ms%n",
        millis(times[0] - sent),
        millis(times[times.length / 2] - sent),
        millis(times[times.length * 99 / 100] - sent),
        millis(times[times.length - 1] - sent),
        10 * (ticks() - before));
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  /** Takes answers until all are there or the time is over. */
  private void read(long until) throws IOException {
    while (outstanding > 0) {
      long left = (until - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return;
      }
      selector.select(left);
      long now = System.nanoTime();
      for (SelectionKey key : selector.selectedKeys()) {
        take(key, now);
      }
      selector.selectedKeys().clear();
    }
  }

  private void take(SelectionKey key, long now) throws IOException {
    int i = (int) key.attachment();
    buffer.clear();
    int n = ((SocketChannel) key.channel()).read(buffer);
    if (n < 0) {
      throw new IOException("connection " + i + " was closed");
    }
    if (n > 0 && !answered[i]) {
      String begin =
          StandardCharsets.US_ASCII
              .decode(buffer.flip().limit(Math.min(n, 12)).slice())
              .toString();
      if (!begin.equals("HTTP/1.1 200")) {
        throw new IOException("connection " + i + " got " + begin);
      }
      answered[i] = true;
      arrived[i] = now;
      outstanding--;
    }
  }
}
