package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalWatchTest {
  private static final Logger AGENT = Logger.getLogger("agent");

  @TempDir Path dir;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final Handler handler = new Told(line -> lines.add(line.getMessage()));

  @BeforeEach
  void listen() {
    AGENT.addHandler(handler);
  }

  @AfterEach
  void stop() {
    AGENT.removeHandler(handler);
  }

  private void grown(WalWatch watch, long bytes) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(dir.resolve("log.db-wal").toFile(), "rw")) {
      file.setLength(bytes); // a hole: it takes no room
    }
    now.addAndGet(TimeUnit.SECONDS.toNanos(10));
    watch.look();
    watch.look();
  }

  @Test
  void aWriteAheadLogThatOnlyGrowsIsToldAtItsBoundAndAtEachDoubling() throws Exception {
    WalWatch watch = new WalWatch(dir.resolve("log.db-wal"), now::get);
    grown(watch, WalWatch.LARGE - 1);
    assertThat(lines).isEmpty();
    grown(watch, WalWatch.LARGE);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).contains("log.db-wal has grown to 64 MiB");
    grown(watch, 2 * WalWatch.LARGE - 1);
    assertThat(lines).hasSize(1);
    grown(watch, 2 * WalWatch.LARGE);
    assertThat(lines).hasSize(2);
    grown(watch, 0);
    grown(watch, WalWatch.LARGE);
    assertThat(lines).as("after it was small").hasSize(3);
  }
}
