package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnreadableEntriesTest {
  private static final Logger RAFT = Logger.getLogger("raft");
  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler = new Told(line -> lines.add(line.getMessage()));
  private final UnreadableEntries entries = new UnreadableEntries(() -> now);

  @BeforeEach
  void listen() {
    RAFT.addHandler(handler);
  }

  @AfterEach
  void stop() {
    RAFT.removeHandler(handler);
  }

  @Test
  void theyAreToldOnceAMinuteAndRememberedForAWhile() {
    assertThat(entries.lately()).isEmpty();
    entries.came("10.0.0.1:8300", "entry 5: unknown entry kind 9");
    entries.came("10.0.0.1:8300", "entry 5: unknown entry kind 9");
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0))
        .startsWith("COM3031: ")
        .contains("upgrade it", "from=10.0.0.1:8300", "entry 5");
    assertThat(entries.lately()).isEqualTo(lines.get(0));
    now += 9 * SECOND;
    assertThat(entries.lately()).isNotEmpty();
    now += 2 * SECOND;
    assertThat(entries.lately()).isEmpty();
    now += 60 * SECOND;
    entries.came("10.0.0.1:8300", "entry 6");
    assertThat(lines).hasSize(2);
  }
}
