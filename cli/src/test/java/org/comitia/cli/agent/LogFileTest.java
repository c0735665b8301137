package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  /** Stands still unless it is moved. */
  private static final class Hand extends Clock {
    private Instant now = Instant.ofEpochSecond(1_700_000_000L);

    void move(Duration by) {
      now = now.plus(by);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @TempDir private Path folder;

  private final Hand clock = new Hand();

  private LogFile open(String path, int bytes, int maxFiles) throws Exception {
    return LogFile.open(path, new LogFile.Rotation(bytes, Duration.ofHours(24), maxFiles), clock);
  }

  private static String write(LogFile file, String line) {
    return file.write(line.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theTimeIsPutIntoTheName() throws Exception {
    write(open(folder.resolve("agent.log").toString(), 0, 0), "one\n");
    write(open(folder.resolve("plain").toString(), 0, 0), "two\n");
    write(open(folder + "/", 0, 0), "three\n");

    assertThat(names())
        .containsExactly(
            "agent-1700000000000000000.log",
            "comitia-1700000000000000000.log",
            "plain-1700000000000000000.log");
    assertThat(folder.resolve("agent-1700000000000000000.log")).hasContent("one\n");
  }

  @Test
  void aFullFileIsFollowedByAnother() throws Exception {
    LogFile file = open(folder.resolve("a").toString(), 10, 0);

    write(file, "0123456789\n");
    clock.move(Duration.ofSeconds(1));
    write(file, "next\n");
    write(file, "same\n");

    assertThat(names()).containsExactly("a-1700000000000000000.log", "a-1700000001000000000.log");
    assertThat(folder.resolve("a-1700000001000000000.log")).hasContent("next\nsame\n");
  }

  @Test
  void anOldFileIsFollowedByAnother() throws Exception {
    LogFile file = open(folder.resolve("a").toString(), 0, 0);
    write(file, "one\n");
    clock.move(Duration.ofHours(23));
    write(file, "two\n");
    clock.move(Duration.ofHours(1));
    write(file, "three\n");

    assertThat(names()).hasSize(2);
    assertThat(folder.resolve("a-1700000000000000000.log")).hasContent("one\ntwo\n");
  }

  @Test
  void onlyTheNewestOldFilesAreKept() throws Exception {
    Files.createFile(folder.resolve("a-notes.log"));
    LogFile file = open(folder.resolve("a").toString(), 1, 2);
    for (int i = 0; i < 5; i++) {
      write(file, "line\n");
      clock.move(Duration.ofSeconds(1));
    }

    assertThat(names())
        .containsExactly(
            "a-1700000002000000000.log",
            "a-1700000003000000000.log",
            "a-1700000004000000000.log",
            "a-notes.log");
  }

  @Test
  void orNone() throws Exception {
    LogFile file = open(folder.resolve("a").toString(), 1, -1);
    write(file, "line\n");
    clock.move(Duration.ofSeconds(1));
    write(file, "line\n");

    assertThat(names()).containsExactly("a-1700000001000000000.log");
  }

  @Test
  void aFileThatCannotBeWrittenIsToldOnceAndTriedAgain() throws Exception {
    Path logs = Files.createDirectory(folder.resolve("logs"));
    LogFile file = open(logs + "/", 1, 0);
    write(file, "line\n");
    Files.delete(logs.resolve("comitia-1700000000000000000.log"));
    Files.delete(logs);

    assertThat(write(file, "lost\n"))
        .startsWith("COM1110: cannot write the log file, lines are lost: ");
    assertThat(write(file, "lost\n")).isEmpty();
    Files.createDirectory(logs);
    assertThat(write(file, "there\n")).isEmpty();
    assertThat(logs.resolve("comitia-1700000000000000000.log")).hasContent("there\n");
  }

  @Test
  void aPlaceThatIsNoFolderRefusesTheStart() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> open(file + "/", 0, 0))
        .isInstanceOf(AgentException.class)
        .hasMessageStartingWith("COM1109: cannot write the log file ");
  }
}
