package org.comitia.cli.lock;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** Sessions and keys over HTTP with the rules that locks are made of, in memory. */
public final class SmallConsul implements AutoCloseable {
  private record Pair(byte[] value, String flags, String session, long created, long modified) {}

  private final Map<String, Pair> pairs = new TreeMap<>();

  /** Session to whether its keys are deleted with it. */
  private final Map<String, Boolean> sessions = new HashMap<>();

  private final Set<String> delayed = new TreeSet<>();
  private final List<String> sessionBodies = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private long index = 10;
  private int failures;
  private int readsSinceFailures;
  private volatile byte[] snapshot = {};
  private volatile String snapshotProblem;

  public SmallConsul() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  public String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** What sessions were made of. */
  public List<String> sessionBodies() {
    return sessionBodies;
  }

  public synchronized Set<String> keys() {
    return new TreeSet<>(pairs.keySet());
  }

  public synchronized Set<String> sessions() {
    return Set.copyOf(sessions.keySet());
  }

  public synchronized String holder(String key) {
    Pair pair = pairs.get(key);
    return pair == null ? "" : pair.session();
  }

  synchronized String value(String key) {
    return new String(pairs.get(key).value(), StandardCharsets.UTF_8);
  }

  synchronized String flags(String key) {
    return pairs.get(key).flags();
  }

  synchronized void put(String key, String value, String flags) {
    pairs.put(key, new Pair(value.getBytes(StandardCharsets.UTF_8), flags, "", ++index, index));
    notifyAll();
  }

  /** Takes the session away, as if its node had failed. */
  public synchronized void invalidate(String session) {
    end(session);
  }

  /** The next reads of keys fail. */
  synchronized void failReads(int number) {
    failures = number;
    readsSinceFailures = 0;
    index++;
    notifyAll();
  }

  /** What a snapshot is from now on. */
  public void snapshot(byte[] archive) {
    snapshot = archive.clone();
    snapshotProblem = null;
  }

  /** There is none from now on: 500 and this text. */
  public void noSnapshot(String problem) {
    snapshotProblem = problem;
  }

  /** How many reads of keys have been answered behind those that failed. */
  synchronized int readsSinceFailures() {
    return readsSinceFailures;
  }

  /** Nobody gets this key's lock. */
  synchronized void delay(String key, boolean on) {
    if (on) {
      delayed.add(key);
    } else {
      delayed.remove(key);
    }
  }

  private void end(String session) {
    Boolean deletes = sessions.remove(session);
    if (deletes == null) {
      return;
    }
    index++;
    for (Map.Entry<String, Pair> entry : Map.copyOf(pairs).entrySet()) {
      Pair pair = entry.getValue();
      if (pair.session().equals(session)) {
        if (deletes) {
          pairs.remove(entry.getKey());
        } else {
          pairs.put(
              entry.getKey(), new Pair(pair.value(), pair.flags(), "", pair.created(), index));
        }
      }
    }
    notifyAll();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      String path = exchange.getRequestURI().getPath();
      byte[] body = exchange.getRequestBody().readAllBytes();
      Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
      if (path.equals("/v1/agent/self")) {
        send(exchange, 200, "{\"Config\":{\"NodeName\":\"n1\"}}");
      } else if (path.equals("/v1/snapshot")) {
        snapshot(exchange);
      } else if (path.startsWith("/v1/session/")) {
        session(exchange, path, new String(body, StandardCharsets.UTF_8));
      } else if (exchange.getRequestMethod().equals("GET")) {
        read(exchange, path.substring("/v1/kv/".length()), query);
      } else {
        boolean put = exchange.getRequestMethod().equals("PUT");
        send(
            exchange,
            200,
            String.valueOf(write(put, path.substring("/v1/kv/".length()), body, query)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String part : raw == null ? new String[0] : raw.split("&")) {
      String[] pair = part.split("=", 2);
      query.put(pair[0], pair.length < 2 ? "" : URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private void snapshot(HttpExchange exchange) throws IOException {
    if (snapshotProblem != null) {
      send(exchange, 500, snapshotProblem);
    } else {
      exchange.sendResponseHeaders(200, snapshot.length);
      exchange.getResponseBody().write(snapshot);
    }
  }

  private void session(HttpExchange exchange, String path, String body) throws IOException {
    String id = path.substring(path.lastIndexOf('/') + 1);
    if (path.endsWith("/create")) {
      String made = UUID.randomUUID().toString();
      synchronized (this) {
        sessions.put(made, body.contains("\"delete\""));
      }
      sessionBodies.add(body);
      send(exchange, 200, "{\"ID\":\"" + made + "\"}");
    } else if (path.contains("/destroy/")) {
      synchronized (this) {
        end(id);
      }
      send(exchange, 200, "true");
    } else {
      boolean there = sessions().contains(id);
      send(exchange, there ? 200 : 404, there ? "[{}]" : "Session id '" + id + "' not found");
    }
  }

  private void read(HttpExchange exchange, String key, Map<String, String> query)
      throws IOException, InterruptedException {
    long seen = Long.parseLong(query.getOrDefault("index", "0"));
    String text;
    long now;
    synchronized (this) {
      long until = System.nanoTime() + wait(query.getOrDefault("wait", "0ms"));
      while (seen > 0 && index <= seen && System.nanoTime() < until) {
        wait(Math.max(1, (until - System.nanoTime()) / 1_000_000));
      }
      if (failures > 0) {
        failures--;
        text = null;
      } else {
        readsSinceFailures++;
        text =
            pairs.entrySet().stream()
                .filter(
                    entry ->
                        query.containsKey("recurse")
                            ? entry.getKey().startsWith(key)
                            : entry.getKey().equals(key))
                .map(entry -> json(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(","));
      }
      now = index;
    }
    exchange.getResponseHeaders().add("X-Consul-Index", Long.toString(now));
    if (text == null) {
      send(exchange, 500, "No cluster leader");
    } else {
      send(exchange, text.isEmpty() ? 404 : 200, text.isEmpty() ? "" : "[" + text + "]");
    }
  }

  private static long wait(String text) {
    return text.endsWith("ms")
        ? Long.parseLong(text.replace("ms", "")) * 1_000_000
        : Long.parseLong(text.replace("s", "")) * 1_000_000_000;
  }

  private static String json(String key, Pair pair) {
    String session = pair.session().isEmpty() ? "" : "\"Session\":\"" + pair.session() + "\",";
    return String.format(
        "{\"LockIndex\":1,\"Key\":\"%s\",\"Flags\":%s,\"Value\":\"%s\",%s\"CreateIndex\":%d,\"ModifyIndex\":%d}",
        key,
        pair.flags(),
        Base64.getEncoder().encodeToString(pair.value()),
        session,
        pair.created(),
        pair.modified());
  }

  private synchronized boolean write(
      boolean put, String key, byte[] value, Map<String, String> query) {
    Pair old = pairs.get(key);
    String holder = old == null ? "" : old.session();
    String acquire = query.get("acquire");
    String release = query.get("release");
    String cas = query.get("cas");
    if (cas != null && Long.parseLong(cas) != (old == null ? 0 : old.modified())
        || release != null && !holder.equals(release)
        || acquire != null
            && (delayed.contains(key)
                || !sessions.containsKey(acquire)
                || !holder.isEmpty() && !holder.equals(acquire))) {
      return false;
    }
    index++;
    if (!put) {
      pairs.remove(key);
    } else {
      pairs.put(
          key,
          new Pair(
              value,
              query.getOrDefault("flags", "0"),
              acquire != null ? acquire : release != null ? "" : holder,
              old == null ? index : old.created(),
              index));
    }
    notifyAll();
    return true;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
