package org.comitia.it.clients;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.comitia.it.ThreeServers;

/** A program that is a client, as a process; ended when closed. Its lines go to a file. */
final class ClientProcess implements AutoCloseable {
  private final Process process;
  private final Path output;
  private final List<String> command;

  private ClientProcess(Process process, Path output, List<String> command) {
    this.process = process;
    this.output = output;
    this.command = command;
  }

  /** Where the sources of such programs lie. */
  static Path folder(String client) {
    return ThreeServers.sourceTree().resolve("it/clients").resolve(client);
  }

  /**
   * @param output takes standard output and standard error
   */
  static ClientProcess start(Path output, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new ClientProcess(process, output, command);
  }

  /** Waits until it ends by itself with 0. */
  void awaitSuccess(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(this + " still runs after " + limit.toSeconds() + " s\n" + output());
    }
    if (process.exitValue() != 0) {
      throw new AssertionError(this + " ended with " + process.exitValue() + "\n" + output());
    }
  }

  void failWhenEnded() {
    if (!process.isAlive()) {
      throw new AssertionError(this + " ended with " + process.exitValue() + "\n" + output());
    }
  }

  /** SIGTERM, and waits until it is gone. */
  void terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError(this + " does not end\n" + output());
    }
  }

  /** What it printed so far. */
  String output() {
    try {
      return "=== output of " + this + "\n" + Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return command.get(0) + " ... " + command.get(command.size() - 1);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
