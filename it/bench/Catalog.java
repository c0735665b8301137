import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * {@code java Catalog ADDRESS NODES SERVICES CHECKS KEYS}: fills a catalog through the server at ADDRESS. Services are spread evenly over
 * the nodes, 100 instances of a name; checks evenly over the services, all passing; keys 1,000 under a prefix.
 */
public class Catalog {
  private static final int WRITERS = 16;
  private static final int INSTANCES_OF_A_NAME = 100;
  private static final int KEYS_OF_A_PREFIX = 1_000;

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String address;
  private final int nodes;
  private final int services;
  private final int checks;

  Catalog(String address, int nodes, int services, int checks) {
    this.address = address;
    this.nodes = nodes;
    this.services = services;
    this.checks = checks;
  }

  public static void main(String[] arguments) throws Exception {
    int[] counts = new int[4];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = Integer.parseInt(arguments[i + 1]);
    }
    Catalog catalog = new Catalog(arguments[0], counts[0], counts[1], counts[2]);
    putAll("services", counts[1], catalog::registration);
    putAll("keys", counts[3], catalog::key);
  }

  /** Sends so many requests, on 16 connections, and ends this process when one fails. */
  static void putAll(String what, int count, IntFunction<HttpRequest> request) throws Exception {
    long begin = System.nanoTime();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    for (int i = 0; i < WRITERS; i++) {
      writers.execute(
          () -> {
            for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
              if (!put(request.apply(n))) {
                failed.incrementAndGet();
              }
            }
          });
    }
    writers.shutdown();
    if (!writers.awaitTermination(10, TimeUnit.MINUTES)) {
      throw new IllegalStateException("loading " + what + " takes longer than 10 minutes");
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        "loaded %s=%d in %.1fs (%.0f/s) failed=%d%n", what, count, seconds, count / seconds, failed.get());
    if (failed.get() > 0) {
      System.exit(1);
    }
  }

  private static boolean put(HttpRequest request) {
    try {
      HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() == 200 && !answer.body().strip().equals("false")) {
        return true;
      }
      System.err.println(request.uri() + ": " + answer.statusCode() + " " + answer.body());
    } catch (Exception e) {
      System.err.println(request.uri() + ": " + e);
    }
    return false;
  }

  HttpRequest registration(int n) {
    int node = n % nodes;
    String name = "service-" + n / INSTANCES_OF_A_NAME;
    StringBuilder all = new StringBuilder();
    int each = checks / services;
    for (int c = 0; c < each; c++) {
      all.append(c == 0 ? "" : ",")
          .append("{\"CheckID\":\"%s-%d-%d\",\"Name\":\"check %d\",\"ServiceID\":\"%s-%d\",\"Status\":\"passing\",\"Output\":\"HTTP GET: 200 OK\"}"
              .formatted(name, n, c, c, name, n));
    }
    String body =
        """
        {"Node":"node-%d","Address":"10.1.%d.%d","Service":{"ID":"%s-%d","Service":"%s","Tags":["v1","zone-%d"],
         "Port":%d,"Meta":{"version":"1.%d"}},"Checks":[%s]}"""
            .formatted(node, node / 250, node % 250, name, n, name, n % 3, 8000 + n % 1000, n % 7, all);
    return request("/v1/catalog/register", body);
  }

  private HttpRequest key(int n) {
    return request(
        "/v1/kv/config/application-%d/setting-%d".formatted(n / KEYS_OF_A_PREFIX, n % KEYS_OF_A_PREFIX),
        "the value of the setting with the number " + n);
  }

  private HttpRequest request(String path, String body) {
    return request(address, path, body);
  }

  static HttpRequest request(String address, String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://" + address + path))
        .timeout(Duration.ofSeconds(20))
        .PUT(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }
}
