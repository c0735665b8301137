package org.comitia.storage;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.comitia.cluster.LogStore;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;

/**
 * A store in a JVM of its own, to be killed or traced. Its main method opens the log and writes
 * batches of one to eight entries until it is killed or has made so many writes; behind each write
 * that returned it prints the last index. It may also cut the log's head and sweep between writes.
 */
final class ChildStore implements AutoCloseable {
  private static final String READY = "ready";
  private static final String DONE = "done";

  /** How many entries a cut leaves at most. */
  static final int KEPT = 50;

  private final Process process;
  private final BufferedReader out;

  private ChildStore(Process process) {
    this.process = process;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * @param before a command to run it under, e.g. strace; may be empty
   * @param writes how many writes to make
   */
  static ChildStore start(List<String> before, String url, Path raftDir, long writes)
      throws IOException {
    return launch(before, List.of(url, raftDir.toString(), "" + writes));
  }

  /** The same without an end, and each seventh write leaves only the newest entries. */
  static ChildStore cutting(String url, Path raftDir) throws IOException {
    return launch(List.of(), List.of(url, raftDir.toString(), "" + Long.MAX_VALUE, "cut"));
  }

  /** Makes so many commits on a plain connection with this {@code synchronous}, without a store. */
  static ChildStore plain(List<String> before, String url, String synchronous, long writes)
      throws IOException {
    return launch(before, List.of(url, "", "" + writes, synchronous));
  }

  private static ChildStore launch(List<String> before, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(ChildStore.class.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return new ChildStore(builder.start());
  }

  long pid() {
    return process.pid();
  }

  /** Waits until the store is open. */
  void awaitReady() throws IOException {
    String line = out.readLine();
    if (!READY.equals(line)) {
      throw new IOException("the child store did not start, it said: " + line);
    }
  }

  /** The last index of the next write that returned; -1 when there are no more. */
  long nextWritten() throws IOException {
    String line = out.readLine();
    return line == null || line.equals(DONE) ? -1 : Long.parseLong(line);
  }

  /** Kills it with SIGKILL and returns the last index that it reported. */
  long kill(long reported) throws IOException, InterruptedException {
    process.toHandle().destroyForcibly(); // Process.destroyForcibly would close the pipe as well
    long last = reported;
    for (long index = nextWritten(); index > 0; index = nextWritten()) {
      last = index;
    }
    process.waitFor();
    return last;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Entry entry(long index) {
    byte[] data =
        ("command " + index).repeat(1 + (int) (index % 5)).getBytes(StandardCharsets.UTF_8);
    return new Entry(index, 1 + index / 100, Entry.Kind.COMMAND, data);
  }

  /** Null when there is nothing to cut yet. */
  private static LogBase base(long index) {
    return index < 1 ? null : new LogBase(index, entry(index).term(), Configuration.EMPTY, 0);
  }

  public static void main(String[] arguments) throws Exception {
    // Straight to the descriptor: one write call a line.
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false);
    if (arguments[1].isEmpty()) {
      commitPlainly(out, arguments[0], Long.parseLong(arguments[2]), arguments[3]);
      return;
    }
    Path raftDir = Path.of(arguments[1]);
    long writes = Long.parseLong(arguments[2]);
    boolean cuts = arguments.length > 3;
    try (LogStore store = StorageFactory.openLog(new DriverDataSource(arguments[0]), raftDir)) {
      say(out, READY);
      long last = store.load(0, 0).lastIndex();
      for (long i = 0; i < writes; i++) {
        List<Entry> batch = new ArrayList<>();
        for (int k = 0; k <= i % 8; k++) {
          batch.add(entry(++last));
        }
        HardState state = new HardState(1 + last / 100, null);
        LogBase base = cuts && i % 7 == 6 ? base(last - KEPT) : null;
        store.write(List.of(new Persist(i + 1, state, 0, base, batch)), Map.of());
        say(out, last);
        if (cuts) {
          store.sweep();
        }
      }
      say(out, DONE);
    }
  }

  private static void say(PrintStream out, Object what) {
    byte[] line = (what + "\n").getBytes(StandardCharsets.UTF_8);
    out.write(line, 0, line.length);
    out.flush();
  }

  private static void commitPlainly(PrintStream out, String url, long writes, String synchronous)
      throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=" + synchronous);
      statement.execute("CREATE TABLE t (x INTEGER)");
      say(out, READY);
      for (long i = 1; i <= writes; i++) {
        statement.execute("INSERT INTO t VALUES (" + i + ")");
        say(out, i);
      }
      say(out, DONE);
    }
  }
}
