import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * {@code java Fill ADDRESS keys|services FROM TO}: adds the keys {@code bench/FROM} to {@code bench/TO - 1}, with 64-byte values, 64 in a
 * transaction; or the services of these numbers, on 100 nodes, 100 instances of a name, each with one passing check.
 */
public class Fill {
  private static final int KEYS_AT_ONCE = 64;
  private static final int NODES = 100;

  private Fill() {}

  public static void main(String[] arguments) throws Exception {
    String address = arguments[0];
    int from = Integer.parseInt(arguments[2]);
    int to = Integer.parseInt(arguments[3]);
    if (arguments[1].equals("keys")) {
      Catalog.putAll(
          "transactions",
          (to - from + KEYS_AT_ONCE - 1) / KEYS_AT_ONCE,
          n -> keys(address, from + n * KEYS_AT_ONCE, to));
    } else {
      Catalog catalog = new Catalog(address, NODES, 1, 1); // a check for each service
      Catalog.putAll("services", to - from, n -> catalog.registration(from + n));
    }
  }

  private static HttpRequest keys(String address, int from, int to) {
    String value = Base64.getEncoder().encodeToString("v".repeat(64).getBytes(StandardCharsets.US_ASCII));
    StringBuilder ops = new StringBuilder();
    for (int n = from; n < Math.min(to, from + KEYS_AT_ONCE); n++) {
      ops.append(ops.isEmpty() ? "[" : ",")
          .append("{\"KV\":{\"Verb\":\"set\",\"Key\":\"bench/%d\",\"Value\":\"%s\"}}".formatted(n, value));
    }
    return Catalog.request(address, "/v1/txn", ops.append("]").toString());
  }
}
