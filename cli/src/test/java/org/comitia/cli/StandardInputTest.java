package org.comitia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import java.io.File;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.comitia.config.Version;
import org.eclipse.parsson.JsonProviderImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a command reads as {@code -}, in a process of its own: pipes, fifos, files. */
class StandardInputTest {
  private final ScriptedAgent agent = new ScriptedAgent();

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    agent.close();
  }

  private static List<String> command(String... arguments) {
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    all.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp"));
    all.add(
        Stream.of(
                Comitia.class, Version.class, CommandLine.class, Json.class, JsonProviderImpl.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
            .collect(Collectors.joining(File.pathSeparator)));
    all.add(Comitia.class.getName());
    all.addAll(List.of(arguments));
    return all;
  }

  private static void ends(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(err).isZero();
  }

  /** By a shell: to open a fifo here would wait for a reader, also for one that has failed. */
  private static void write(Path fifo) throws Exception {
    Process writer = new ProcessBuilder("sh", "-c", "echo from a fifo > " + fifo).start();
    try {
      assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      writer.destroy();
    }
  }

  private ProcessBuilder put() {
    return new ProcessBuilder(command("kv", "put", "-http-addr", agent.address(), "k", "-"));
  }

  @Test
  void aPipeIsReadToItsEnd() throws Exception {
    agent.answers("PUT /v1/kv/k", "true");
    Process process = put().start();
    try (OutputStream in = process.getOutputStream()) {
      in.write("one\n".getBytes(StandardCharsets.UTF_8));
      in.flush();
      in.write("two\n".repeat(10_000).getBytes(StandardCharsets.UTF_8));
    }

    ends(process);

    assertThat(agent.bodies()).containsExactly("one\n" + "two\n".repeat(10_000));
  }

  @Test
  void aFifoAndAFileAreReadToTheirEnds() throws Exception {
    agent.answers("PUT /v1/kv/k", "true");
    Path fifo = folder.resolve("fifo");
    Path file = Files.writeString(folder.resolve("file"), "from a file\n");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    // a shell opens the fifo: to open it here would wait for whoever writes to it
    List<String> shell = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" < " + fifo, "sh"));
    shell.addAll(put().command());
    Process process = new ProcessBuilder(shell).start();
    write(fifo);
    ends(process);
    ends(put().redirectInput(file.toFile()).start());

    assertThat(agent.bodies()).containsExactly("from a fifo\n", "from a file\n");
  }

  @Test
  void aFifoCanBeNamed() throws Exception {
    agent.answers("PUT /v1/kv/k", "true");
    Path fifo = folder.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    Process process =
        new ProcessBuilder(
                command("kv", "put", "-http-addr", agent.address(), "k", "@" + fifo.toString()))
            .start();
    write(fifo);
    ends(process);

    assertThat(agent.bodies()).containsExactly("from a fifo\n");
  }

  @Test
  void importReadsItAsWell() throws Exception {
    agent.answers("PUT /v1/kv/a", "true");
    Process imported =
        new ProcessBuilder(command("kv", "import", "-http-addr", agent.address(), "-")).start();
    try (OutputStream in = imported.getOutputStream()) {
      in.write("[{\"key\":\"a\",\"value\":\"Yg==\"}]".getBytes(StandardCharsets.UTF_8));
    }

    ends(imported);

    assertThat(agent.bodies()).containsExactly("b");
  }
}
