package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForeignFramesTest {
  private static final Logger RAFT = Logger.getLogger("raft");
  private static final ServerId FROM = new ServerId(new UUID(0, 1), new UUID(0, 2));
  private static final ServerId TO = new ServerId(new UUID(0, 3), new UUID(0, 4));

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final ForeignFrames frames = new ForeignFrames(now::get);
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    RAFT.addHandler(handler);
  }

  @AfterEach
  void stop() {
    RAFT.removeHandler(handler);
  }

  @Test
  void theFirstIsToldAndThenOneAMinuteWithTheNumberOfAll() {
    UUID cluster = new UUID(0, 5);
    frames.dropped(FROM, TO, cluster);
    now.addAndGet(TimeUnit.SECONDS.toNanos(60) - 1);
    frames.dropped(FROM, TO, cluster);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).contains(FROM.toString(), TO.toString(), cluster.toString(), "(1 ");
    now.incrementAndGet();
    frames.dropped(FROM, TO, null);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).contains("(3 ").doesNotContain("of cluster 0");
  }
}
