package org.comitia.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code ./comitia} commands that end by themselves: join, info, members, ... */
final class CommandLine {
  private CommandLine() {}

  /** What a command left behind. */
  record Result(String command, int exitCode, String out, String err) {
    /** Everything, for an assertion's message. */
    @Override
    public String toString() {
      return "`" + command + "` ended with " + exitCode + "\nout: " + out + "\nerr: " + err;
    }

    /** Out and err together. */
    String all() {
      return out + err;
    }
  }

  /**
   * Runs a command against an agent: its address is given by {@code -http-addr}.
   *
   * @param command may be several words: {@code operator raft list-peers}
   */
  static Result at(AgentProcess agent, String command, String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(command.split(" ")));
    all.add("-http-addr=" + agent.address() + ":8500");
    all.addAll(Arrays.asList(arguments));
    return run(all.toArray(String[]::new));
  }

  /** Runs a command; it has a minute to end. */
  static Result run(String... arguments) {
    return runIn(Path.of("").toAbsolutePath(), arguments);
  }

  /** The same in another folder than the tests'. */
  static Result runIn(Path folder, String... arguments) {
    String text = "comitia " + String.join(" ", Arrays.asList(arguments));
    try {
      Path out = Files.createTempFile("comitia", ".out");
      Path err = Files.createTempFile("comitia", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(Distribution.command(arguments))
              .directory(folder.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().put("COMITIA_PROFILE", "fast");
      Process process = builder.start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("`" + text + "` still ran after 60 s: " + Files.readString(out));
      }
      Result result =
          new Result(
              text,
              process.exitValue(),
              Files.readString(out, StandardCharsets.UTF_8),
              Files.readString(err, StandardCharsets.UTF_8));
      Files.delete(out);
      Files.delete(err);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
