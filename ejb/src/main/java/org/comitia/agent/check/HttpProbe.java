package org.comitia.agent.check;

import java.net.MalformedURLException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.impl.EnglishReasonPhraseCatalog;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.command.RequestExecutionCommand;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.reactor.Command;
import org.comitia.state.CheckStatus;
import org.comitia.state.Names;

/**
 * An HTTP request: 2xx is passing, 429 warning, all else critical. HTTP/1.1, a connection for each
 * request; redirects are followed as Go's client does, up to ten.
 */
final class HttpProbe implements Probe {
  private static final int MAX_REDIRECTS = 10;
  private static final String ACCEPT = "text/plain, text/*, */*";

  /** Not sent on to another host. */
  private static final Set<String> SECRET =
      Set.of("authorization", "www-authenticate", "cookie", "cookie2");

  /** RFC 9110, as Go has it. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private static final Pattern PASSWORD = Pattern.compile("(://[^/?#:@]*:)[^/?#]*@");

  private final CheckSpec spec;
  private final String method;
  private final String shownUrl;
  private final int limit;
  private final CheckNetwork network;
  private final Timer timer;
  private final long timeoutNanos;

  HttpProbe(CheckSpec spec, int limit, CheckNetwork network, Timer timer, long timeoutNanos) {
    this.spec = spec;
    this.method = spec.method().isEmpty() ? "GET" : spec.method();
    this.shownUrl = PASSWORD.matcher(spec.http()).replaceFirst("$1***@");
    this.limit = limit;
    this.network = network;
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
  }

  /** One request of a chain of redirects. */
  private record Step(URL url, String method, boolean withBody, boolean sameHost, int redirects) {}

  @Override
  public CompletionStage<Result> begin() {
    if (!TOKEN.matcher(method).matches()) {
      return CompletableFuture.completedFuture(
          Result.critical("net/http: invalid method " + Names.quote(method)));
    }
    URL url;
    try {
      url = url(spec.http());
    } catch (MalformedURLException e) {
      return CompletableFuture.completedFuture(Result.critical(e.getMessage()));
    }
    AtomicReference<Exchange> current = new AtomicReference<>();
    Attempt attempt = new Attempt(timer, timeoutNanos, () -> late(current.get()));
    send(new Step(url, method, true, true, 0), attempt, current);
    return attempt.result();
  }

  private URL url(String text) throws MalformedURLException {
    URL url = parse(null, text);
    if (!url.getProtocol().equals("http") && !url.getProtocol().equals("https")) {
      throw new MalformedURLException(
          problem("unsupported protocol scheme \"" + url.getProtocol() + "\""));
    }
    if (url.getHost().isEmpty()) {
      throw new MalformedURLException(problem("http: no Host in request URL"));
    }
    return url;
  }

  private URL parse(URL base, String text) throws MalformedURLException {
    try {
      return new URL(base, text);
    } catch (MalformedURLException e) {
      int colon = text.indexOf(':');
      String scheme = colon < 0 ? "" : text.substring(0, colon);
      throw new MalformedURLException(problem("unsupported protocol scheme \"" + scheme + "\""));
    }
  }

  /** An answer that has begun counts, whatever is missing of its body. */
  private Result late(Exchange exchange) {
    return exchange != null && exchange.head() != null
        ? result(exchange)
        : Result.critical(
            problem("context deadline exceeded (Client.Timeout exceeded while awaiting headers)"));
  }

  private void send(Step step, Attempt attempt, AtomicReference<Exchange> current) {
    boolean secure = step.url().getProtocol().equals("https");
    Tls tls = secure ? new Tls(spec.tlsServerName(), spec.tlsSkipVerify(), "") : null;
    int port = step.url().getPort() < 0 ? step.url().getDefaultPort() : step.url().getPort();
    network
        .connect(
            new Endpoint(host(step.url()), port, tls), CheckNetwork.Protocol.HTTP_1, timeoutNanos)
        .whenComplete(
            (session, problem) -> {
              if (problem != null) {
                attempt.end(Result.critical(problem(problem.getMessage())));
                return;
              }
              byte[] body = body(step);
              Exchange exchange =
                  new Exchange(
                      request(step, body),
                      body,
                      limit,
                      (done, failure) -> ended(step, done, failure, attempt, current));
              current.set(exchange);
              attempt.closeAtEnd(session);
              session.enqueue(
                  new RequestExecutionCommand(exchange, HttpCoreContext.create()),
                  Command.Priority.NORMAL);
            });
  }

  private byte[] body(Step step) {
    return step.withBody() ? spec.body().getBytes(StandardCharsets.UTF_8) : new byte[0];
  }

  private BasicHttpRequest request(Step step, byte[] body) {
    BasicHttpRequest request = new BasicHttpRequest(step.method(), target(step.url()));
    String host = step.url().getAuthority();
    String user = step.url().getUserInfo();
    if (user != null) {
      host = host.substring(host.lastIndexOf('@') + 1);
      request.setHeader(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    }
    request.setHeader("Host", host);
    request.setHeader("User-Agent", "Consul Health Check");
    request.setHeader("Accept", ACCEPT);
    for (Map.Entry<String, List<String>> header : spec.header().entrySet()) {
      boolean withheld =
          !step.sameHost()
              && (SECRET.contains(header.getKey().toLowerCase(Locale.ROOT))
                  || header.getKey().equalsIgnoreCase("Host"));
      if (!withheld) {
        request.removeHeaders(header.getKey());
        header.getValue().forEach(value -> request.addHeader(header.getKey(), value));
      }
    }
    if (body.length > 0) {
      request.setHeader("Content-Length", body.length);
    }
    request.setHeader("Connection", "close");
    return request;
  }

  /** Path and query, what no request line may hold escaped. */
  private static String target(URL url) {
    String file = url.getFile();
    StringBuilder target = new StringBuilder(file.startsWith("/") ? "" : "/");
    for (byte octet : file.getBytes(StandardCharsets.UTF_8)) {
      if (octet > 0x20 && octet < 0x7f) {
        target.append((char) octet);
      } else {
        target.append(String.format("%%%02X", octet & 0xff));
      }
    }
    return target.toString();
  }

  private static String host(URL url) {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private void ended(
      Step step,
      Exchange exchange,
      Exception failure,
      Attempt attempt,
      AtomicReference<Exchange> current) {
    HttpResponse head = exchange.head();
    if (head == null) {
      attempt.end(Result.critical(problem(String.valueOf(failure.getMessage()))));
      return;
    }
    Header location = head.getFirstHeader("Location");
    if (spec.disableRedirects() || location == null || !isRedirect(head.getCode())) {
      attempt.end(result(exchange));
    } else if (step.redirects() == MAX_REDIRECTS) {
      attempt.end(Result.critical(problem("stopped after " + MAX_REDIRECTS + " redirects")));
    } else {
      follow(step, head.getCode(), location.getValue(), attempt, current);
    }
  }

  private void follow(
      Step step, int code, String location, Attempt attempt, AtomicReference<Exchange> current) {
    try {
      URL next = parse(step.url(), location);
      url(next.toString());
      boolean again = code == 307 || code == 308;
      boolean plain = step.method().equals("GET") || step.method().equals("HEAD");
      current.set(null);
      send(
          new Step(
              next,
              again || plain ? step.method() : "GET",
              again && step.withBody(),
              step.sameHost() && next.getHost().equalsIgnoreCase(step.url().getHost()),
              step.redirects() + 1),
          attempt,
          current);
    } catch (MalformedURLException e) {
      attempt.end(Result.critical(e.getMessage()));
    }
  }

  private static boolean isRedirect(int code) {
    return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
  }

  private Result result(Exchange exchange) {
    int code = exchange.head().getCode();
    String reason = exchange.head().getReasonPhrase();
    if (reason == null || reason.isEmpty()) {
      reason = EnglishReasonPhraseCatalog.INSTANCE.getReason(code, Locale.ROOT);
    }
    String output =
        "HTTP "
            + method
            + " "
            + shownUrl
            + ": "
            + code
            + (reason == null ? "" : " " + reason)
            + " Output: "
            + exchange.body().text();
    if (code >= 200 && code <= 299) {
      return Result.passing(output);
    }
    return code == 429 ? new Result(CheckStatus.WARNING, output) : Result.critical(output);
  }

  /** As Go's HTTP client says it. */
  private String problem(String why) {
    String verb =
        method.substring(0, 1).toUpperCase(Locale.ROOT)
            + method.substring(1).toLowerCase(Locale.ROOT);
    return verb + " \"" + shownUrl + "\": " + why;
  }
}
