package org.comitia.cli.watch;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.comitia.cli.client.AgentClient;
import org.comitia.config.GoDuration;
import org.comitia.config.LogLevel;

/**
 * The watches of a running agent, a thread each, asking its own HTTP API. Safe for any thread. The
 * threads end with the process; one whose watch is taken away ends when its read, five minutes at
 * most, has been answered, and does nothing any more.
 */
public final class AgentWatches {
  /** Each costs a thread and a read that waits. */
  public static final int MAX_WATCHES = 128;

  private static final long AGAIN_MILLIS = 5_000;

  private final String address;
  private final BiConsumer<LogLevel, String> log;
  private final Map<JsonObject, AtomicBoolean> wanted = new LinkedHashMap<>();

  /**
   * @param address of the agent's HTTP API, {@code host:port}
   */
  public AgentWatches(String address, BiConsumer<LogLevel, String> log) {
    this.address = address;
    this.log = log;
  }

  /** From now on these, and no others; those that are the same as before go on. */
  public synchronized void set(List<WatchDefinition> watches) {
    Set<JsonObject> kept = new HashSet<>();
    watches.forEach(watch -> kept.add(watch.definition()));
    wanted.entrySet().stream()
        .filter(entry -> !kept.contains(entry.getKey()))
        .forEach(entry -> entry.getValue().set(false));
    wanted.keySet().retainAll(kept);
    for (WatchDefinition watch : watches) {
      if (!wanted.containsKey(watch.definition())) {
        AtomicBoolean flag = new AtomicBoolean(true);
        wanted.put(watch.definition(), flag);
        Thread thread = new Thread(() -> follow(watch, flag), "comitia-watch");
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  private void follow(WatchDefinition watch, AtomicBoolean flag) {
    String type = watch.definition().getString("type", "watch");
    Follower follower =
        new Follower(
            new AgentClient(address, watch.token()),
            watch.query(),
            (problem, pause) ->
                log.accept(
                    LogLevel.ERROR,
                    "Watch errored: type="
                        + type
                        + " error=\""
                        + problem.getMessage()
                        + "\" retry="
                        + GoDuration.format(pause)));
    try {
      while (flag.get()) {
        follow(follower, watch, type, flag);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A fault of ours must not end a watch unseen: it begins anew. */
  private void follow(Follower follower, WatchDefinition watch, String type, AtomicBoolean flag)
      throws InterruptedException {
    try {
      follower.follow(
          flag::get,
          seen -> {
            handle(watch.handler(), type, seen);
            return true;
          });
    } catch (RuntimeException e) {
      log.accept(
          LogLevel.ERROR, "Watch failed and begins anew: type=" + type + " error=\"" + e + "\"");
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  private void handle(WatchHandler handler, String type, WatchQuery.Seen seen)
      throws InterruptedException {
    try {
      String said = handler.handle(seen);
      log.accept(LogLevel.DEBUG, "watch handler done: type=" + type + " output=\"" + said + "\"");
    } catch (IOException | RuntimeException e) {
      log.accept(
          LogLevel.ERROR,
          "watch handler failed: type=" + type + " error=\"" + e.getMessage() + "\"");
    }
  }
}
