package org.comitia.it;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * One {@code comitia agent}: a real process of the built distribution. It may be started again
 * after it ended, with other flags and addresses, on the same data directory. Its lines go to a
 * file under {@code it/target/it-work} too.
 */
public final class AgentProcess {
  /** From nothing to an HTTP port, three at once on two busy cores. */
  public static final Duration START = Duration.ofSeconds(300);

  /** A join, an election, a catch-up. */
  static final Duration SOON = Duration.ofSeconds(30);

  /** A stop or a leave; that it was in time is in the exit code. */
  public static final Duration STOP = Duration.ofSeconds(60);

  private static final String STDERR = "stderr: ";

  /** The last of the first lines. */
  private static final String LOG_BEGINS = "==> Log data will now stream in as it occurs:";

  private static final Pattern CONSULS_FORMAT =
      Pattern.compile(
          "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z \\[(TRACE|DEBUG|INFO|WARN|ERROR)\\] {1,2}\\S+: ");

  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  public final String name;
  private final Path folder;
  private final List<String> launcher;
  private final Map<String, String> environment;
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private String address;
  private Path home = Distribution.home();
  private Process process;
  private List<Thread> readers = List.of();
  private int startedAtLine;

  AgentProcess(String name, String address, Path folder) {
    this(name, address, folder, List.of(), Map.of());
  }

  /**
   * @param folder holds its data directory and its lines
   * @param launcher a command that executes what is behind it, in the same process
   * @param environment variables besides those of the tests
   */
  public AgentProcess(
      String name,
      String address,
      Path folder,
      List<String> launcher,
      Map<String, String> environment) {
    this.name = name;
    this.address = address;
    this.folder = folder;
    this.launcher = List.copyOf(launcher);
    this.environment = Map.copyOf(environment);
  }

  /** The loopback address that everything of this agent is bound to. */
  public String address() {
    return address;
  }

  /** From the next start on. */
  void moveTo(String otherAddress) {
    this.address = otherAddress;
  }

  /**
   * From the next start on.
   *
   * @param otherHome the distribution that it is started from
   */
  AgentProcess replaceBy(Path otherHome) {
    this.home = otherHome;
    return this;
  }

  /** How raft and the guides call it. */
  public String serverAddress() {
    return address + ":8300";
  }

  public Path dataDir() {
    return folder.resolve(name);
  }

  public long pid() {
    return process.pid();
  }

  public Http http() {
    return new Http(address + ":8500");
  }

  /**
   * Starts {@code comitia agent -node NAME -bind A -client A -data-dir D} with more flags.
   *
   * @throws IllegalStateException when it runs already
   */
  public AgentProcess start(String... flags) {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException(name + " runs already");
    }
    List<String> all =
        new ArrayList<>(
            List.of(
                "agent",
                "-node",
                name,
                "-bind",
                address,
                "-client",
                address,
                "-data-dir",
                dataDir().toString()));
    all.addAll(Arrays.asList(flags));
    try {
      Files.createDirectories(folder);
      ProcessBuilder builder =
          new ProcessBuilder(command(all))
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.environment().put("COMITIA_PROFILE", "fast");
      builder.environment().putAll(environment);
      startedAtLine = lines.size();
      record("--- started: " + String.join(" ", all));
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " could not be started", e);
    }
    Process mine = process;
    RUNNING.add(mine);
    mine.onExit().thenRun(() -> RUNNING.remove(mine));
    readers =
        List.of(
            reader(mine.getInputStream(), "", "out of " + name),
            reader(mine.getErrorStream(), STDERR, "err of " + name));
    return this;
  }

  private List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(Distribution.commandOf(home, arguments.toArray(String[]::new)));
    return command;
  }

  private Thread reader(InputStream stream, String mark, String threadName) {
    Thread reader = new Thread(() -> readLines(stream, mark), threadName);
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private void readLines(InputStream stream, String mark) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        record(mark + line);
      }
    } catch (IOException e) {
      record("--- reading ended: " + e);
    }
  }

  private synchronized void record(String line) {
    lines.add(line);
    try {
      Files.writeString(
          folder.resolve(name + ".out"),
          line + System.lineSeparator(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines since the last start. */
  public List<String> log() {
    synchronized (lines) {
      return List.copyOf(lines.subList(startedAtLine, lines.size()));
    }
  }

  /** Whether a line since the last start contains the text. */
  boolean logged(String text) {
    return log().stream().anyMatch(line -> line.contains(text));
  }

  /**
   * Lines of standard output since the last start, behind the first lines that say who starts, that
   * are not in Consul's format.
   */
  List<String> foreignLines() {
    List<String> out =
        log().stream()
            .filter(line -> !line.startsWith("--- ") && !line.startsWith(STDERR))
            .toList();
    return out.subList(out.indexOf(LOG_BEGINS) + 1, out.size()).stream()
        .filter(line -> !line.isEmpty() && !CONSULS_FORMAT.matcher(line).find())
        .toList();
  }

  /** Lines of standard error since the last start. */
  List<String> errorLines() {
    return log().stream().filter(line -> line.startsWith(STDERR)).toList();
  }

  /** Waits until a line since the last start contains the text. */
  AgentProcess awaitLog(String text, Duration limit) {
    return awaitLog(Pattern.compile(Pattern.quote(text)), limit);
  }

  AgentProcess awaitLog(Pattern pattern, Duration limit) {
    Await.until(
        name + " logs `" + pattern + "`",
        limit,
        this::tail,
        () -> {
          if (log().stream().anyMatch(line -> pattern.matcher(line).find())) {
            return true;
          }
          failWhenEnded("it logged `" + pattern + "`");
          return false;
        });
    return this;
  }

  /** Waits until the agent runs: HTTP answers a little earlier. */
  public AgentProcess awaitHttp() {
    Await.until(
        name + " runs",
        START,
        this::tail,
        () -> {
          failWhenEnded("it ran");
          Http.Answer self = http().get("/v1/agent/self");
          return self.status() == 200 && !self.body().contains("\"not_running\"");
        });
    return this;
  }

  private void failWhenEnded(String before) {
    if (!process.isAlive()) {
      throw new AssertionError(
          name + " ended with " + process.exitValue() + " before " + before + "\n" + tail());
    }
  }

  /** Waits until it answers and knows a leader. */
  public AgentProcess awaitLeader() {
    awaitHttp();
    Await.until(name + " knows a leader", SOON, this::tail, () -> !leader().isEmpty());
    return this;
  }

  /** {@code ip:8300} of the leader as this agent sees it, or "". */
  public String leader() throws IOException {
    Http.Answer answer = http().get("/v1/status/leader");
    return answer.status() == 200 ? answer.body().strip().replace("\"", "") : "";
  }

  /** One live value of {@code info}, e.g. {@code ("raft", "num_peers")}; null when absent. */
  public String info(String group, String key) throws IOException {
    JsonObject stats = self().getJsonObject("Stats");
    JsonObject values = stats == null ? null : stats.getJsonObject(group);
    return values == null ? null : values.getString(key, null);
  }

  JsonObject self() throws IOException {
    return http().get("/v1/agent/self").json().asJsonObject();
  }

  /** Waits until {@code info}'s value is this. */
  AgentProcess awaitInfo(String group, String key, String value) {
    Await.until(
        name + ": " + group + "." + key + " = " + value,
        SOON,
        () -> describeInfo(group, key) + tail(),
        () -> value.equals(info(group, key)));
    return this;
  }

  private String describeInfo(String group, String key) {
    try {
      return "it is " + info(group, key) + " on " + name + "\n";
    } catch (IOException | RuntimeException e) {
      return name + " does not answer: " + e + "\n";
    }
  }

  /** How many blocking reads wait here, as the server's own gauge tells. */
  int blocking() throws IOException {
    return http().get("/v1/agent/metrics").json().asJsonObject().getJsonArray("Gauges").stream()
        .map(JsonValue::asJsonObject)
        .filter(gauge -> gauge.getString("Name").endsWith("rpc.queries_blocking"))
        .map(gauge -> gauge.getInt("Value"))
        .findFirst()
        .orElseThrow();
  }

  /** Waits until so many blocking reads, or more, wait. */
  void awaitBlocking(int count) {
    Await.until(count + " blocking queries", SOON, this::tail, () -> blocking() >= count);
  }

  /** Writes a key and insists on the acknowledgement; once more while there is no leader. */
  void mustPut(String key, String value) {
    Await.until(
        name + " acknowledges PUT " + key,
        SOON,
        this::tail,
        () -> {
          Http.Answer answer = put(key, value);
          if (answer.status() == 500) {
            throw new IOException("500: " + answer.body());
          }
          if (answer.status() != 200 || !answer.body().strip().equals("true")) {
            String said = answer.status() + " " + answer.body();
            throw new AssertionError(name + " answered PUT " + key + ": " + said + tail());
          }
          return true;
        });
  }

  private Http.Answer put(String key, String value) {
    try {
      return http().put("/v1/kv/" + key, value);
    } catch (IOException e) {
      throw new AssertionError(name + " did not answer PUT " + key + ": " + e + "\n" + tail(), e);
    }
  }

  /** Reads a key; null when it is missing. Any other answer is an error. */
  String read(String key, boolean stale) throws IOException {
    Http.Answer answer = http().get("/v1/kv/" + key + "?raw" + (stale ? "&stale" : ""));
    if (answer.status() == 404) {
      return null;
    }
    if (answer.status() != 200) {
      throw new IOException(name + " answered " + answer.status() + ": " + answer.body());
    }
    return answer.body();
  }

  /** Sends a signal by name: INT, TERM, KILL, STOP, CONT. */
  public void signal(String signal) {
    try {
      record("--- " + signal);
      Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new AssertionError("kill -" + signal + " of " + name + " failed\n" + tail());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Waits for the end of the process. @return its exit code */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            name + " still runs after " + limit.toSeconds() + " s\n" + threads() + tail());
      }
      for (Thread reader : readers) {
        reader.join(5_000);
      }
      record("--- ended with " + process.exitValue());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** kill -9, and waits until it is gone. */
  public void kill() {
    signal("KILL");
    awaitExit(Duration.ofSeconds(10));
  }

  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Ends the process whatever its state; for the end of a test. */
  public void end() {
    if (isAlive()) {
      process.destroyForcibly();
      awaitExit(Duration.ofSeconds(10));
    }
  }

  /** Processes that work on this agent's data directory. */
  List<ProcessHandle> processesOnDataDir() {
    String dir = dataDir().toString();
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(dir))
        .toList();
  }

  /** The end of the log, for an assertion's message. */
  public String tail() {
    List<String> log;
    synchronized (lines) {
      log = List.copyOf(lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }
    return "=== the end of the log of "
        + name
        + " ("
        + address
        + ")\n"
        + String.join("\n", log)
        + "\n";
  }

  private String threads() {
    return Jvm.command(pid(), "Thread.print");
  }

  /** The ends of several logs. */
  public static String tails(Collection<AgentProcess> agents) {
    StringBuilder all = new StringBuilder();
    agents.forEach(agent -> all.append(agent.tail()));
    return all.toString();
  }
}
