import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code java Failover SIGNAL PID ADDRESS...}: one writer for each address writes one key after the
 * other; after three seconds PID gets SIGNAL; prints, for each writer, how long after the signal its
 * first write was acknowledged that was sent after it, and the longest time without an
 * acknowledgement from the signal on, with when that ended after the signal.
 */
public class Failover {
  private static final long STEADY_MILLIS = 3_000;
  private static final long AFTER_MILLIS = 12_000;

  /** 0: not yet. */
  private static volatile long signalled;
  private static volatile boolean stopped;

  public static void main(String[] arguments) throws Exception {
    List<Writer> writers = new ArrayList<>();
    for (String address : Arrays.asList(arguments).subList(2, arguments.length)) {
      Writer writer = new Writer(address);
      writers.add(writer);
      writer.start();
    }
    Thread.sleep(STEADY_MILLIS);
    signalled = System.nanoTime();
    Process kill = new ProcessBuilder("kill", "-" + arguments[0], arguments[1]).start();
    if (kill.waitFor() != 0) {
      throw new IllegalStateException("kill failed");
    }
    Thread.sleep(AFTER_MILLIS);
    stopped = true;
    for (Writer writer : writers) {
      writer.join();
      System.out.printf(
          "%s writer=%s again-after=%dms longest-pause=%dms (until %dms) acknowledged=%d failed=%d %s%n",
          arguments[0], writer.address, writer.again < 0 ? -1 : writer.again / 1_000_000,
          writer.longest / 1_000_000, writer.longestUntil / 1_000_000, writer.acknowledged, writer.failures.size(),
          writer.failures.stream().limit(3).toList());
    }
  }

  private static final class Writer extends Thread {
    private final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String address;
    private final List<String> failures = new ArrayList<>();
    private long again = -1;
    private long longest;
    private long longestUntil;
    private long acknowledged;

    Writer(String address) {
      this.address = address;
    }

    @Override
    public void run() {
      long last = System.nanoTime();
      for (long n = 0; !stopped; n++) {
        long sent = System.nanoTime();
        try {
          HttpResponse<String> answer =
              client.send(
                  HttpRequest.newBuilder(URI.create("http://" + address + "/v1/kv/failover/" + n % 1000))
                      .timeout(Duration.ofSeconds(10))
                      .PUT(HttpRequest.BodyPublishers.ofString("value " + n))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
          long now = System.nanoTime();
          if (answer.statusCode() == 200) {
            acknowledged++;
            if (signalled != 0) {
              long pause = now - Math.max(last, signalled);
              if (pause > longest) {
                longest = pause;
                longestUntil = now - signalled;
              }
            }
            last = now;
            if (again < 0 && signalled != 0 && sent - signalled > 0) {
              again = now - signalled;
            }
          } else {
            failures.add(answer.statusCode() + " " + answer.body().strip());
          }
        } catch (Exception e) {
          failures.add(e.toString());
        }
      }
    }
  }
}
