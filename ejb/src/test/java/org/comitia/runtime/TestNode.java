package org.comitia.runtime;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.comitia.cluster.Member;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Settings;
import org.comitia.consensus.Lanes;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * A whole node, as it runs in a server, on an address of its own in this JVM: everything but HTTP.
 * Timers are shared.
 */
final class TestNode implements AutoCloseable {
  static final int SERVER_PORT = 18_300;
  static final int SERF_PORT = 18_301;

  /** What these nodes have in common. */
  static final class Shared implements AutoCloseable {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final ThreadFactory threads =
        task -> {
          this.onThread.accept(task);
          // Thousands of readers of connections: a small stack does.
          Thread thread = new Thread(null, task, "node-" + NAMES.incrementAndGet(), 256 << 10);
          thread.setDaemon(true);
          return thread;
        };
    private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(4, threads);

    private volatile Consumer<Runnable> onThread = task -> {};
    private volatile Random pauses;
    private volatile Consumer<NodeRuntime> onDataSource = node -> {};

    /** Called in the middle of a server's start: when it asks for a data source. */
    void onDataSource(Consumer<NodeRuntime> then) {
      onDataSource = then;
    }

    /** Called before a thread is made for a task. */
    void onThread(Consumer<Runnable> then) {
      onThread = then;
    }

    /** From now on short tasks of new nodes begin up to some milliseconds late, at random. */
    void pauseTasks(long seed) {
      pauses = new Random(seed);
    }

    private Runnable paused(Runnable task) {
      Random random = pauses;
      if (random == null) {
        return task;
      }
      long micros = random.nextInt(4) == 0 ? random.nextInt(5_000) : 0;
      return () -> {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
        task.run();
      };
    }

    @Override
    public void close() {
      scheduled.shutdown();
    }
  }

  final String name;
  private final NodeRuntime runtime;
  private final ThreadPoolExecutor executor;

  private TestNode(String name, NodeRuntime runtime, ThreadPoolExecutor executor) {
    this.name = name;
    this.runtime = runtime;
    this.executor = executor;
  }

  /**
   * Starts a node; blocks until it runs.
   *
   * @param dir the data directory; null for a client that keeps nothing
   * @param more settings besides names, addresses and ports
   */
  static TestNode start(Shared shared, String name, String address, Path dir, String... more)
      throws RefusedException, StartEndedException, InvalidSettingsException {
    Map<String, String> settings = new HashMap<>();
    settings.put("comitia.node-name", name);
    settings.put("comitia.bind-address", address);
    settings.put("comitia.server-port", Integer.toString(SERVER_PORT));
    settings.put("comitia.serf-lan-port", Integer.toString(SERF_PORT));
    settings.put("comitia.retry-interval", "1s");
    if (dir != null) {
      settings.put("comitia.data-dir", dir.toString());
    }
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    ThreadPoolExecutor executor = executor(shared);
    AtomicReference<NodeRuntime> starting = new AtomicReference<>();
    NodeRuntime runtime =
        new NodeRuntime(
            Settings.of(settings),
            new NodeRuntime.Container(
                shared.threads,
                task -> executor.execute(shared.paused(task)),
                shared.scheduled,
                store -> {
                  shared.onDataSource.accept(starting.get());
                  return dataSource(dir.resolve("raft"), store);
                }));
    starting.set(runtime);
    try {
      runtime.start();
    } catch (RefusedException | StartEndedException | RuntimeException e) {
      runtime.close();
      executor.shutdown();
      throw e;
    }
    return new TestNode(name, runtime, executor);
  }

  /** As many threads as the distribution's concurrency policy lets a node have. */
  private static ThreadPoolExecutor executor(Shared shared) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            Lanes.WIDTH,
            Lanes.WIDTH,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(10_000),
            shared.threads);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static DataSource dataSource(Path raft, String store) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(5000);
    config.setGetGeneratedKeys(false);
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    String file = store.equals("jdbc/comitia-log") ? "log.db" : "catalog.db";
    dataSource.setUrl("jdbc:sqlite:" + raft.resolve(file));
    return dataSource;
  }

  NodeRuntime runtime() {
    return runtime;
  }

  List<String> alive() {
    return runtime.agent().members().stream().filter(Member::isAlive).map(Member::name).toList();
  }

  /** One value of {@code info}; null when absent. */
  String info(String group, String key) {
    return runtime.agent().self().stats().getOrDefault(group, Map.of()).get(key);
  }

  /** Ends without a leave, as a process that is stopped. */
  @Override
  public void close() {
    runtime.close();
    executor.shutdown();
  }
}
