package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.Told;
import org.jgroups.logging.Log;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelLogTest {
  private final List<LogRecord> told = new ArrayList<>();
  private final Logger logger = Logger.getLogger("channel-log-test");
  private final Log log = new ChannelLog("channel-log-test");

  private final Handler handler = new Told(record -> told.add(record));

  ChannelLogTest() {
    logger.setUseParentHandlers(false);
    logger.addHandler(handler);
  }

  @AfterEach
  void remove() {
    logger.removeHandler(handler);
  }

  private List<String> lines() {
    return told.stream().map(LogRecord::getMessage).toList();
  }

  @Test
  void aPartTellsOneWarningAndOneErrorAMinute() {
    for (int i = 0; i < 9; i++) {
      log.warn("warned %d", i);
      log.warn("warned");
      log.error("failed %d", i);
      log.fatal("failed");
    }
    assertThat(lines()).containsExactly("warned 0", "failed 0");
  }

  @Test
  void aLineIsOneLineOfBoundedLength() {
    log.warn("from %s", "a\nb" + "c".repeat(1 << 20));
    assertThat(lines().get(0))
        .startsWith("from a\\nbccc")
        .endsWith("ccc...")
        .hasSizeLessThan(ChannelLog.MAX + 10);
  }

  @Test
  void anErrorHasItsStack() {
    RuntimeException thrown = new IllegalStateException("of\nours");
    log.error("failed", thrown);
    assertThat(lines()).containsExactly("failed: java.lang.IllegalStateException: of\\nours");
    assertThat(told.get(0).getThrown()).isSameAs(thrown);
  }
}
