package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts with strace what the kernel is asked to sync while a store writes. */
class SyncsPerWriteTest {
  private static final int WRITES = 100;

  @TempDir Path directory;

  @BeforeEach
  void requireStrace() throws Exception {
    Path probe = directory.resolve("probe");
    boolean works;
    try {
      Process process =
          new ProcessBuilder("strace", "-o", probe.toString(), "true")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      works = process.waitFor() == 0;
    } catch (java.io.IOException e) {
      works = false;
    }
    assumeTrue(works, "strace is missing or may not trace here: install Debian's package strace");
  }

  @Test
  void aWriteIsSyncedExactlyOnce() throws Exception {
    // The first write behind the opening may also sync the head of a new write-ahead log.
    assertThat(syncsBetweenReports("?transaction_mode=IMMEDIATE")).isEqualTo(WRITES - 1);
  }

  /** What the probe says of SQLite is so: with NORMAL nothing is synced at commit. */
  @Test
  void synchronousNormalWouldSyncNothing() throws Exception {
    Path raft = Files.createDirectories(directory.resolve("raft"));
    String url = "jdbc:sqlite:" + raft.resolve("plain.db");
    Path trace = directory.resolve("trace");
    List<String> strace =
        List.of("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,write", "-o", trace.toString());
    try (ChildStore child = ChildStore.plain(strace, url, "NORMAL", WRITES)) {
      child.awaitReady();
      while (child.nextWritten() > 0) {}
    }
    assertThat(syncsBetween(trace)).isZero();
  }

  private int syncsBetweenReports(String options) throws Exception {
    Path raft = directory.resolve("raft");
    Path trace = directory.resolve("trace");
    String url = "jdbc:sqlite:" + raft.resolve("log.db") + options;
    List<String> strace =
        List.of("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,write", "-o", trace.toString());
    try (ChildStore child = ChildStore.start(strace, url, raft, WRITES)) {
      child.awaitReady();
      while (child.nextWritten() > 0) {}
    }
    return syncsBetween(trace);
  }

  /** Syncs between the report of the first write and that of the last one. */
  private static int syncsBetween(Path trace) throws Exception {
    int syncs = 0;
    int reports = 0;
    for (String line : Files.readAllLines(trace)) {
      if (line.matches(".* write\\(1, \"\\d+\\\\n\".*")) {
        reports++;
      } else if (line.matches(".* (fsync|fdatasync)\\(.*") && reports > 0 && reports < WRITES) {
        syncs++;
      }
    }
    assertThat(reports).as("reports seen in the trace").isEqualTo(WRITES);
    return syncs;
  }
}
