package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.log.LogLine;

/**
 * The line that each error leaves in the log, in Consul's form; not more of them than a disk bears,
 * however many a client makes.
 */
public final class RequestLog {
  private static final Logger LOG = Logger.getLogger("agent.http");
  private static final int MAX_URL = 512;

  /** UTF-16 units: a refusal tells its client what it sent, which may be as long as a body. */
  private static final int MAX_ERROR = 1_024;

  private static final LineBudget BUDGET = new LineBudget(1_000, 10);

  private RequestLog() {}

  /** Logs a request that ended with an error. */
  public static void error(Call call, String error) {
    error(call.method(), call.url(), call.source(), error);
  }

  static void error(String method, String url, String source, String error) {
    log(Level.SEVERE, method, url, source, error);
  }

  /** Logs a request that came before this node serves any: nothing is wrong with either. */
  static void early(String method, String url, String source, String why) {
    log(Level.INFO, method, url, source, why);
  }

  private static void log(Level level, String method, String url, String source, String error) {
    if (LOG.isLoggable(level) && mayLog()) {
      LOG.log(
          level,
          "Request error: method="
              + method
              + " url="
              + url
              + " from="
              + source
              + " error=\""
              + escaped(LogLine.cut(error, MAX_ERROR))
              + '"');
    }
  }

  private static String escaped(String text) {
    return LogLine.visible(text.replace("\\", "\\\\").replace("\"", "\\\""));
  }

  /** The client did not wait for its answer. */
  public static void gone(Call call, Throwable problem) {
    LOG.log(
        Level.FINE,
        problem,
        () -> "answer not sent: method=" + call.method() + " url=" + call.url());
  }

  /** An exception that nobody expected, with its stack. */
  public static void unexpected(String what, Throwable problem) {
    if (mayLog()) {
      LOG.log(Level.SEVERE, what, problem);
    }
  }

  private static boolean mayLog() {
    long dropped = BUDGET.take(System.nanoTime());
    if (dropped > 0) {
      LOG.severe(
          "COM4014: Request errors that were not logged, since there were too many: count="
              + dropped);
    }
    return dropped >= 0;
  }

  static String source(HttpServletRequest request) {
    return request.getRemoteAddr() + ":" + request.getRemotePort();
  }

  /** However its name is spelled. */
  private static boolean isToken(String pair) {
    QueryString parsed = QueryString.parse(pair);
    return pair.toLowerCase(Locale.ROOT).contains("token=")
        || (pair.indexOf('=') > 0 && (parsed == null || parsed.has("token")));
  }

  /** Path and query as sent, shortened, the values of {@code token} parameters hidden. */
  static String url(String path, String query) {
    if (query == null && path.length() <= MAX_URL) {
      return path;
    }
    StringBuilder url = new StringBuilder(path);
    if (query != null) {
      char before = '?';
      for (String pair : query.split("&", -1)) {
        url.append(before).append(isToken(pair) ? "token=<hidden>" : pair);
        before = '&';
      }
    }
    if (url.length() > MAX_URL) {
      url.setLength(MAX_URL);
      url.append("...");
    }
    return url.toString();
  }
}
