package org.comitia.web.http;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Enumeration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.comitia.agent.Agent;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Failure;
import org.comitia.guard.Demand;

/**
 * Stands in front of every resource and works on the raw request URI, since a servlet container
 * takes paths apart in another way than Go's HTTP server: it owns path cleaning and redirects,
 * unknown paths, methods, and the reading of queries and bodies. What passes it carries a {@link
 * Call} and reaches exactly the resource of its {@link Endpoint}.
 */
@WebFilter(
    filterName = "front",
    urlPatterns = "/*",
    dispatcherTypes = {DispatcherType.REQUEST, DispatcherType.ASYNC},
    asyncSupported = true)
public class FrontFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  /** The name of the servlet that answers {@code /v1/kv/}. */
  public static final String KV_SERVLET = "kv";

  /** The name of the servlet that answers {@code /v1/agent/monitor}. */
  public static final String MONITOR_SERVLET = "monitor";

  /** The name of the servlet that answers {@code /v1/snapshot}. */
  public static final String SNAPSHOT_SERVLET = "snapshot";

  private static final String BEARER = "Bearer ";
  private static final CompletableFuture<Reply> GO_ON = CompletableFuture.completedFuture(null);

  private static final String TOO_MANY =
      "Your IP is issuing too many concurrent connections, please rate limit your calls\n";

  private transient BodyThreads bodies;
  private transient Answers answers;
  private transient Supplier<AgentTokens> tokens = AgentTokens::none;
  private transient Incoming incoming = Incoming.ALL;
  private HttpOptions options;
  private ClientLimit limit;
  private BrowserGuard guard;

  /** Why nothing is served yet; empty when it is, and from then on. */
  private transient Supplier<String> unavailable;

  private volatile boolean serves;

  /** For the container, which calls {@link #init()}. */
  public FrontFilter() {}

  /** For a node that serves. */
  FrontFilter(HttpOptions options) {
    this(options, () -> "", new BodyThreads(1, Runnable::run, new CompletableFuture<>()));
  }

  /**
   * @param bodies waits for the bodies that come in pieces
   */
  FrontFilter(HttpOptions options, Supplier<String> unavailable, BodyThreads bodies) {
    use(options);
    this.unavailable = unavailable;
    this.bodies = bodies;
    this.answers = new Answers(null, null, Runnable::run);
  }

  /** Bodies may take so many bytes together. */
  void bound(Incoming given) {
    incoming = given;
  }

  @Override
  public void init() {
    use(HttpOptions.deployed());
  }

  @Inject
  void setAgent(Agent agent) {
    unavailable = agent::unavailable;
    tokens = agent::tokens;
  }

  @Inject
  void setBodies(BodyThreads threads) {
    bodies = threads;
  }

  @Inject
  void setAnswers(Answers sender) {
    answers = sender;
  }

  private void use(HttpOptions given) {
    options = given;
    limit = new ClientLimit(given.maxRequestsPerClient());
    guard = given.guard();
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request.getDispatcherType() == DispatcherType.ASYNC) {
      pass(request, response, chain, Call.of(request).endpoint());
      return;
    }
    options.headers().forEach(response::setHeader);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Vary", "Accept-Encoding");
    response.setHeader("X-Consul-Default-ACL-Policy", options.defaultPolicy());
    Refusal refusal = guard.refusal(request);
    if (refusal != null) {
      String text = refusal.getMessage();
      refuse(request, text, Reply.text(refusal.status(), text)).writeTo(response);
      return;
    }
    if (Body.isAmbiguous(request)) {
      String text =
          "COM4030: a body has one Content-Length, or one Transfer-Encoding, which is chunked";
      refuse(request, text, Reply.text(400, text)).header("Connection", "close").writeTo(response);
      return;
    }
    String client = request.getRemoteAddr();
    if (!limit.enter(client)) {
      Reply.text(429, TOO_MANY).header("Connection", "close").writeTo(response);
      return;
    }
    UnderWay underWay = new UnderWay(limit, incoming, client);
    try {
      answer(request, response, chain, underWay);
    } finally {
      underWay.endWith(request);
    }
  }

  private void answer(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      UnderWay underWay)
      throws IOException, ServletException {
    RequestPath path = RequestPath.decode(request.getRequestURI());
    if (path == null) {
      Reply.text(400, "400 Bad Request").writeTo(response);
      return;
    }
    if (!path.printable()) {
      Reply.empty(400).writeTo(response);
      return;
    }
    RequestPath clean = path.clean();
    Endpoint endpoint = Endpoint.at(clean.bytes());
    if (endpoint == null && Endpoint.at(clean.withSlash().bytes()) != null) {
      redirect(request, response, clean.withSlash());
    } else if (clean != path) {
      redirect(request, response, clean);
    } else if (endpoint != null) {
      serve(request, response, chain, endpoint, path, underWay);
    } else if (path.bytes().equals("/")) {
      Reply.text(200, "Consul Agent").writeTo(response);
    } else {
      Reply.text(404, unknown(path)).writeTo(response);
    }
  }

  private static String unknown(RequestPath path) {
    return path.bytes().contains("/v1/")
        ? "Invalid URL path: not a recognized HTTP API endpoint\n"
        : "Invalid URL path: if attempting to use the HTTP API, ensure the path starts with"
            + " '/v1/'\n";
  }

  private static void redirect(
      HttpServletRequest request, HttpServletResponse response, RequestPath path)
      throws IOException {
    String query = request.getQueryString();
    String target = path.escaped() + (query == null ? "" : "?" + query);
    response.setStatus(301);
    response.setHeader("Location", target);
    if (request.getMethod().equals("GET")) {
      response.setContentType("text/html; charset=utf-8");
      String link = target.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&#34;");
      byte[] body =
          ("<a href=\"" + link + "\">Moved Permanently</a>.\n\n").getBytes(StandardCharsets.UTF_8);
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    } else {
      response.setContentLength(0);
    }
  }

  private void serve(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      Endpoint endpoint,
      RequestPath path,
      UnderWay underWay)
      throws IOException, ServletException {
    String rawQuery = request.getQueryString();
    String method = request.getMethod();
    QueryString query = QueryString.parse(rawQuery);
    if (query == null) {
      refuse(request, "Failed to decode query", Reply.empty(500)).writeTo(response);
    } else if (options.blocks(path)) {
      String text = "Endpoint is blocked by agent configuration";
      refuse(request, text, Reply.text(403, text)).writeTo(response);
    } else if (method.equals("OPTIONS")) {
      Reply.empty(200).header("Allow", endpoint.allow()).writeTo(response);
    } else if (!endpoint.methods().contains(method)) {
      String text = "method " + method + " not allowed";
      refuse(request, text, Reply.text(405, text))
          .header("Allow", endpoint.allow())
          .writeTo(response);
    } else if (!method.equals("GET") && !options.takesWritesFrom(request.getRemoteAddr())) {
      refuse(request, "Access is restricted", Reply.text(403, "Access is restricted"))
          .writeTo(response);
    } else if (!serves() && endpoint != Endpoint.SELF) {
      String text = unavailable.get();
      RequestLog.early(method, url(request), RequestLog.source(request), text);
      Reply.text(503, text).retryLater().writeTo(response);
    } else if (!method.equals("GET") && isPacked(request)) {
      String text =
          "COM4003: a body with Content-Encoding is not taken here: the server may unpack it first. Send it without,"
              + " or see comitia.http.encoded-bodies";
      refuse(request, text, Reply.text(415, text)).writeTo(response);
    } else {
      underWay.measure(RequestTime.of(endpoint, method));
      read(request, response, chain, new Parsed(endpoint, path, query), underWay);
    }
  }

  /** Asked until it is so: afterwards each request would pay for the question. */
  private boolean serves() {
    if (!serves) {
      serves = unavailable.get().isEmpty();
    }
    return serves;
  }

  /** What the path and the query say. */
  private record Parsed(Endpoint endpoint, RequestPath path, QueryString query) {}

  private boolean isPacked(HttpServletRequest request) {
    // All lines of it: which of them the server goes by is not ours to guess.
    Enumeration<String> encodings = request.getHeaders("Content-Encoding");
    boolean packed = false;
    while (encodings.hasMoreElements()) {
      packed |= !encodings.nextElement().strip().equalsIgnoreCase("identity");
    }
    return packed && !options.encodedBodies();
  }

  private void read(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      Parsed parsed,
      UnderWay underWay)
      throws IOException, ServletException {
    Body body = Body.NONE;
    boolean awaited = parsed.endpoint() != Endpoint.SNAPSHOT && !request.getMethod().equals("GET");
    if (awaited && Body.isAnnounced(request)) {
      if (!Body.isCounted(request) || !bodies.mayReadHere()) {
        String resource = parsed.endpoint().resource();
        Duration limit = options.bodyTimeout();
        new BodyReader(request, response, resource, limit, underWay, next(request, parsed))
            .begin(bodies);
        return;
      }
      try {
        body = Body.read(request, options.bodyTimeout(), bodies::isEnded, underWay);
      } catch (Refusal refusal) {
        missing(request, parsed, refusal).writeTo(response);
        return;
      } catch (RuntimeException | Error unexpected) {
        missing(request, parsed, Body.unreadable(unexpected)).writeTo(response);
        return;
      } finally {
        bodies.hasReadHere();
      }
    }
    CompletionStage<Reply> coming = accept(request, parsed, body);
    if (!coming.toCompletableFuture().isDone()) {
      later(request, response, parsed.endpoint(), coming);
      return;
    }
    Reply reply = coming.toCompletableFuture().join();
    if (reply == null) {
      pass(request, response, chain, parsed.endpoint());
    } else {
      reply.writeTo(response);
    }
  }

  /** No thread waits until a server has said what the caller may. */
  private void later(
      HttpServletRequest request,
      HttpServletResponse response,
      Endpoint endpoint,
      CompletionStage<Reply> coming) {
    AsyncContext async = request.startAsync(request, response);
    async.setTimeout(0); // whoever asks the server bounds the time
    coming.thenAccept(
        reply ->
            answers.execute(
                () -> {
                  if (reply == null) {
                    dispatch(async, endpoint);
                  } else {
                    reply.sendTo(async, response, gone -> {});
                  }
                }));
  }

  /** One whose client is gone meanwhile is ended, or it would keep its place for ever. */
  private static void dispatch(AsyncContext async, Endpoint endpoint) {
    try {
      async.dispatch(endpoint.resource());
    } catch (RuntimeException e) {
      async.complete();
    }
  }

  /**
   * Hands a request that is whole to its resource, by the attribute; else says why not. Never
   * fails.
   *
   * @return what comes: null to go on
   */
  private CompletionStage<Reply> accept(HttpServletRequest request, Parsed parsed, Body body) {
    Call call = call(request, parsed, body);
    Refusal refusal =
        body.tooLarge()
            ? tooLarge(parsed.endpoint(), body)
            : Tenancy.refusal(request, parsed.query(), parsed.endpoint());
    if (refusal != null) {
      Reply reply = Outcomes.refused(call, refusal);
      return CompletableFuture.completedFuture(
          body.isLeftUnread() ? reply.header("Connection", "close") : reply);
    }
    Need need = parsed.endpoint().need(request.getMethod());
    if (options.keepsAccess() && need.isLocal()) {
      return permitted(request, call, need);
    }
    request.setAttribute(Call.ATTRIBUTE, call);
    return GO_ON;
  }

  /** Looks what the caller may do with what belongs to this agent. */
  private CompletionStage<Reply> permitted(HttpServletRequest request, Call call, Need need) {
    return answers
        .authorizer(call.visitor())
        .handle(
            (known, problem) -> {
              if (problem != null) {
                return Outcomes.broken(call, problem);
              } else if (known.failure() != null) {
                return Outcomes.failed(call, known.failure(), known.message());
              }
              Demand demand = need.demand(answers.ourNode());
              if (demand != null && !demand.isMetBy(known.authorizer())) {
                String denial = demand.denial(known.authorizer());
                return Outcomes.failed(call, Failure.DENIED, denial);
              }
              request.setAttribute(Call.ATTRIBUTE, call.with(known.authorizer()));
              return null;
            })
        .exceptionally(problem -> Outcomes.thrown(call, problem));
  }

  /** Who asks: in the header, as a bearer, or as a parameter; else as this agent is told. */
  private Visitor visitor(HttpServletRequest request, QueryString query) {
    if (!options.keepsAccess()) {
      return Visitor.ANYBODY;
    }
    String secret = secret(request, query);
    return Visitor.of(tokens.get().caller(secret), secret);
  }

  private static String secret(HttpServletRequest request, QueryString query) {
    String parameter = query.get("token");
    if (!parameter.isEmpty()) {
      return parameter;
    }
    String header = request.getHeader("X-Consul-Token");
    if (header != null && !header.isBlank()) {
      return header.strip();
    }
    String bearer = request.getHeader("Authorization");
    return bearer != null && bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? bearer.substring(BEARER.length()).strip()
        : "";
  }

  private BodyReader.Next next(HttpServletRequest request, Parsed parsed) {
    return new BodyReader.Next() {
      @Override
      public CompletionStage<Reply> whole(Body body) {
        return accept(request, parsed, body);
      }

      @Override
      public Reply missing(Refusal refusal) {
        return FrontFilter.this.missing(request, parsed, refusal);
      }
    };
  }

  /** The answer to a body that did not come: what may still come of it is no request. */
  private Reply missing(HttpServletRequest request, Parsed parsed, Refusal refusal) {
    return Outcomes.refused(call(request, parsed, Body.NONE), refusal)
        .header("Connection", "close");
  }

  private Call call(HttpServletRequest request, Parsed parsed, Body body) {
    return new Call(
        parsed.endpoint(),
        request.getMethod(),
        parsed.path().bytes().substring(parsed.endpoint().pattern().length()),
        parsed.query(),
        body.bytes(),
        body.length(),
        RequestLog.source(request),
        url(request),
        wishes(request, parsed.query()),
        visitor(request, parsed.query()));
  }

  private static Reply refuse(HttpServletRequest request, String text, Reply reply) {
    RequestLog.error(request.getMethod(), url(request), RequestLog.source(request), text);
    return reply;
  }

  private static String url(HttpServletRequest request) {
    return RequestLog.url(request.getRequestURI(), request.getQueryString());
  }

  private Call.Wishes wishes(HttpServletRequest request, QueryString query) {
    return new Call.Wishes(
        options.indented() || query.has("pretty"),
        AcceptEncoding.takesGzip(request.getHeader("Accept-Encoding")),
        lower(request.getHeader("Accept")),
        lower(request.getHeader("Cache-Control")));
  }

  private static String lower(String header) {
    return header == null ? "" : header.toLowerCase(Locale.ROOT);
  }

  private static Refusal tooLarge(Endpoint endpoint, Body body) {
    return new Refusal(
        413,
        "Request body("
            + body.length()
            + " bytes) too large, max size: "
            + Body.MAX
            + " bytes. See https://www.consul.io/docs/agent/options.html#"
            + (endpoint == Endpoint.TXN ? "txn_max_req_len." : "kv_max_value_size."));
  }

  private void pass(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      Endpoint endpoint)
      throws IOException, ServletException {
    String servlet = endpoint.servlet();
    if (servlet == null) {
      chain.doFilter(
          new ResourceRequest(request, endpoint.resource()), new UnusedResponse(response));
      answers.send(Call.of(request), Answer.handedOver(request), request, response);
    } else if (servlet.equals(request.getHttpServletMapping().getServletName())) {
      chain.doFilter(request, response);
    } else {
      // The container read an odd spelling of the path in its own way.
      request.getServletContext().getNamedDispatcher(servlet).forward(request, response);
    }
  }
}
