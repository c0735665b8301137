package org.comitia.it;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writers with unique keys. Each key is written once; what became of it is recorded: acknowledged,
 * surely not applied, or unknown. {@link #verify} then checks it against the servers.
 */
final class WriteLoad implements AutoCloseable {
  /** What a writer does when a write was not acknowledged. */
  enum OnFailure {
    /** The key is given up, the next key goes to the next server. */
    NEXT_KEY,
    /** The same key once more on the next server; if that fails too, the key is a failed write. */
    RETRY_ONCE_ELSEWHERE
  }

  /** At most this many writes a second for each writer, so that verifying stays cheap. */
  private static final long PACE_MILLIS = 6;

  private static final Duration WRITE_LIMIT = Duration.ofSeconds(12);

  private final String prefix;
  private final List<AgentProcess> servers;
  private final OnFailure onFailure;
  private final List<Thread> writers = new ArrayList<>();
  private final Map<String, String> acknowledged = new ConcurrentSkipListMap<>();
  private final Map<String, String> unknown = new ConcurrentSkipListMap<>();
  private final Map<String, String> refused = new ConcurrentSkipListMap<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final AtomicLong retried = new AtomicLong();
  private volatile boolean stopped;

  private enum Fate {
    ACKNOWLEDGED,
    REFUSED,
    UNKNOWN
  }

  private WriteLoad(String prefix, OnFailure onFailure, AgentProcess... servers) {
    this.prefix = prefix;
    this.onFailure = onFailure;
    this.servers = List.of(servers);
  }

  /** Starts one writer for each server, beginning with that server. */
  static WriteLoad start(String prefix, OnFailure onFailure, AgentProcess... servers) {
    WriteLoad load = new WriteLoad(prefix, onFailure, servers);
    for (int i = 0; i < servers.length; i++) {
      int writer = i;
      Thread thread = new Thread(() -> load.write(writer), prefix + " writer " + i);
      thread.setDaemon(true);
      load.writers.add(thread);
      thread.start();
    }
    return load;
  }

  private void write(int writer) {
    int at = writer;
    for (long n = 0; !stopped; n++) {
      String key = prefix + "/" + writer + "-" + n;
      String value = "v" + writer + "." + n + "." + System.nanoTime();
      Fate fate = attempt(at, key, value);
      if (fate != Fate.ACKNOWLEDGED) {
        at = (at + 1) % servers.size();
        if (onFailure == OnFailure.RETRY_ONCE_ELSEWHERE) {
          retried.incrementAndGet();
          Fate second = attempt(at, key, value);
          // An earlier unknown attempt stays unknown unless the retry is acknowledged.
          fate = second == Fate.REFUSED ? fate : second;
          if (fate != Fate.ACKNOWLEDGED) {
            at = (at + 1) % servers.size();
          }
        }
      }
      switch (fate) {
        case ACKNOWLEDGED -> acknowledged.put(key, value);
        case REFUSED -> refused.put(key, value);
        case UNKNOWN -> unknown.put(key, value);
      }
      Await.pause(PACE_MILLIS);
    }
  }

  private Fate attempt(int at, String key, String value) {
    AgentProcess server = servers.get(at);
    try {
      Http.Answer answer = server.http().put("/v1/kv/" + key, value, WRITE_LIMIT);
      if (answer.status() == 200 && answer.body().strip().equals("true")) {
        return Fate.ACKNOWLEDGED;
      }
      note(key, server, answer.status() + " " + answer.body().strip());
      boolean surelyNot =
          answer.status() == 429
              || answer.status() == 503
              || answer.body().contains("No cluster leader")
              || answer.body().contains("No known Consul servers");
      return surelyNot ? Fate.REFUSED : Fate.UNKNOWN;
    } catch (java.net.ConnectException e) {
      note(key, server, e.toString());
      return Fate.REFUSED;
    } catch (IOException e) {
      note(key, server, e.toString());
      return Fate.UNKNOWN;
    }
  }

  private void note(String key, AgentProcess server, String what) {
    if (failures.size() < 200) {
      failures.add(key + " at " + server.name + ": " + what);
    }
  }

  /** How many writes were acknowledged so far. */
  int acknowledged() {
    return acknowledged.size();
  }

  /** Keys that were given up, for whatever reason. */
  int givenUp() {
    return unknown.size() + refused.size();
  }

  /** How often a key was tried on another server. */
  long retried() {
    return retried.get();
  }

  /** The first failures, in words. */
  String failures() {
    return String.join("\n", failures);
  }

  /** Waits until so many more writes were acknowledged. */
  void awaitMore(int more, Duration limit, String when) {
    int before = acknowledged();
    Await.until(
        more + " more acknowledged writes " + when,
        limit,
        () ->
            (acknowledged() - before)
                + " came; failures:\n"
                + failures()
                + "\n"
                + AgentProcess.tails(servers),
        () -> acknowledged() >= before + more);
  }

  /** Stops the writers and waits for their last answers. */
  void stop() {
    stopped = true;
    for (Thread writer : writers) {
      try {
        writer.join(WRITE_LIMIT.toMillis() * 3);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (writer.isAlive()) {
        throw new AssertionError(writer.getName() + " does not end");
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
  }

  /**
   * Checks, after {@link #stop}, on each of these servers, by a default read and, after
   * convergence, by a stale one: every acknowledged write is there with its value, no refused one
   * is, nothing else is, and all servers hold the same.
   */
  void verify(AgentProcess... on) {
    Agents.awaitConverged(on);
    Map<String, String> first = null;
    for (AgentProcess server : on) {
      for (boolean stale : new boolean[] {false, true}) {
        Map<String, String> there = readAll(server, stale);
        check(server, there);
        if (first == null) {
          first = there;
        } else if (!first.equals(there)) {
          throw new AssertionError(
              server.name
                  + (stale ? " (stale)" : "")
                  + " holds other keys than "
                  + on[0].name
                  + ": "
                  + difference(first, there)
                  + "\n"
                  + AgentProcess.tails(Arrays.asList(on)));
        }
      }
    }
  }

  private void check(AgentProcess server, Map<String, String> there) {
    acknowledged.forEach(
        (key, value) -> {
          if (!value.equals(there.get(key))) {
            throw new AssertionError(
                "acknowledged write lost: "
                    + key
                    + " is "
                    + there.get(key)
                    + " on "
                    + server.name
                    + ", written "
                    + value
                    + "\n"
                    + AgentProcess.tails(servers));
          }
        });
    there.forEach(
        (key, value) -> {
          if (refused.containsKey(key)) {
            throw new AssertionError(
                key
                    + " was refused as surely not applied, and is there on "
                    + server.name
                    + "\n"
                    + failures());
          }
          if (!value.equals(acknowledged.get(key)) && !value.equals(unknown.get(key))) {
            throw new AssertionError(
                key + " = " + value + " on " + server.name + ": never written");
          }
        });
  }

  private static String difference(Map<String, String> a, Map<String, String> b) {
    Map<String, String> onlyA = new TreeMap<>(a);
    onlyA.entrySet().removeAll(b.entrySet());
    Map<String, String> onlyB = new TreeMap<>(b);
    onlyB.entrySet().removeAll(a.entrySet());
    return "missing " + onlyA + ", extra " + onlyB;
  }

  private Map<String, String> readAll(AgentProcess server, boolean stale) {
    Map<String, String> all = new TreeMap<>();
    try {
      Http.Answer answer =
          server.http().get("/v1/kv/" + prefix + "/?recurse" + (stale ? "&stale" : ""));
      if (answer.status() == 404) {
        return all;
      }
      if (answer.status() != 200) {
        throw new AssertionError(
            server.name + " answered " + answer.status() + " " + answer.body() + server.tail());
      }
      for (JsonValue value : answer.json().asJsonArray()) {
        JsonObject entry = value.asJsonObject();
        all.put(
            entry.getString("Key"),
            new String(
                Base64.getDecoder().decode(entry.getString("Value")), StandardCharsets.UTF_8));
      }
      return all;
    } catch (IOException e) {
      throw new AssertionError(server.name + " did not answer: " + e + "\n" + server.tail(), e);
    }
  }
}
