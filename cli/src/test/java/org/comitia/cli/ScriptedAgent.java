package org.comitia.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** An HTTP server that answers what it was told to, and remembers what it was asked. */
public final class ScriptedAgent implements AutoCloseable {
  /** What is answered. @param index X-Consul-Index; 0: none */
  private record Line(int status, String body, long index) {}

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
  private final Map<String, List<Line>> lines = new ConcurrentHashMap<>();
  private final Map<String, String> locations = new ConcurrentHashMap<>();
  private final List<String> hanging = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final HttpServer server;

  public ScriptedAgent() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  /** From now on a request such as {@code GET /v1/agent/self} is answered with 200 and this. */
  public ScriptedAgent answers(String request, String body) {
    return answers(request, 200, body, 0);
  }

  /** Answers given for one request come one after the other; the last one stays. */
  public ScriptedAgent answers(String request, int status, String body, long index) {
    lines
        .computeIfAbsent(request, any -> new CopyOnWriteArrayList<>())
        .add(new Line(status, body, index));
    return this;
  }

  public ScriptedAgent fails(String request, String text) {
    return answers(request, 500, text, 0);
  }

  /** Answers no request such as this before the end. */
  public ScriptedAgent hangs(String request) {
    hanging.add(request);
    return this;
  }

  /** Answers with 307 and this Location. */
  public ScriptedAgent redirects(String request, String target) {
    locations.put(request, target);
    return answers(request, 307, "", 0);
  }

  /** Method and path of what was asked, in order. */
  public List<String> requests() {
    return requests;
  }

  /** The bodies that came with them. */
  public List<String> bodies() {
    return bodies;
  }

  public Map<String, List<String>> lastHeaders() {
    return headers.get(headers.size() - 1);
  }

  public String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    headers.add(Map.copyOf(exchange.getRequestHeaders()));
    requests.add(request);
    if (hanging.contains(request)) {
      await();
    }
    Line line = next(request);
    if (line.index() != 0) {
      exchange.getResponseHeaders().add("X-Consul-Index", Long.toUnsignedString(line.index()));
    }
    if (locations.containsKey(request)) {
      exchange.getResponseHeaders().add("Location", locations.get(request));
    }
    byte[] body = line.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(line.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void await() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Line next(String request) {
    List<Line> left = lines.getOrDefault(request, List.of(new Line(200, "", 0)));
    return left.size() > 1 ? left.remove(0) : left.get(0);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
