package org.comitia.web.catalog;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.comitia.web.http.Call;
import org.comitia.web.http.Refusal;

/** What the requests of catalog and health have in common. */
public final class Discovery {
  private Discovery() {}

  /**
   * The name in the path.
   *
   * @param what names it in the error text
   * @throws Refusal 400 {@code Missing ...} when there is none
   */
  public static String named(Call call, String what) {
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing " + what);
    }
    return call.name();
  }

  /** The {@code node-meta=key:value} parameters; all must match, the last of a key counts. */
  public static Map<String, String> nodeMeta(Call call) {
    List<String> pairs = call.query().all("node-meta");
    if (pairs.isEmpty()) {
      return Map.of();
    }
    Map<String, String> meta = new HashMap<>();
    for (String pair : pairs) {
      int colon = pair.indexOf(':');
      meta.put(
          colon < 0 ? pair : pair.substring(0, colon), colon < 0 ? "" : pair.substring(colon + 1));
    }
    return Map.copyOf(meta);
  }

  /** Those that a filter keeps, in their order. */
  public static <T> List<T> kept(List<T> all, Predicate<T> filter) {
    return all.stream().filter(filter).toList();
  }
}
