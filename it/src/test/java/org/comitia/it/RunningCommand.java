package org.comitia.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A {@code ./comitia} command that goes on until it is told to end: lock, watch, monitor. */
final class RunningCommand implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final String text;
  private final Path out;
  private final Process process;

  private RunningCommand(String text, Path out, Process process) {
    this.text = text;
    this.out = out;
    this.process = process;
  }

  /**
   * Starts a command against an agent.
   *
   * @param folder takes what it prints, standard error included
   */
  static RunningCommand at(AgentProcess agent, Path folder, String command, String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(command.split(" ")));
    all.add("-http-addr=" + agent.address() + ":8500");
    all.addAll(Arrays.asList(arguments));
    return start(Map.of(), folder, all);
  }

  static RunningCommand start(Map<String, String> environment, Path folder, List<String> words) {
    try {
      Path out = Files.createTempFile(folder, "command", ".out");
      ProcessBuilder builder =
          new ProcessBuilder(Distribution.command(words.toArray(String[]::new)))
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile());
      builder.environment().putAll(environment);
      return new RunningCommand("comitia " + String.join(" ", words), out, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it has printed. */
  String printed() {
    try {
      return Files.readString(out, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RunningCommand awaitPrinted(String part) {
    Await.until(
        "`" + text + "` prints `" + part + "`",
        SOON,
        this::printed,
        () -> printed().contains(part));
    return this;
  }

  /** Sends a signal to the command alone, not to its children. */
  RunningCommand signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Waits for its end. @return the exit code */
  int awaitExit() {
    try {
      if (!process.waitFor(SOON.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("`" + text + "` does not end: " + printed());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
