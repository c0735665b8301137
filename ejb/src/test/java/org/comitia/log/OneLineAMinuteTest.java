package org.comitia.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OneLineAMinuteTest {
  private final List<String> lines = new ArrayList<>();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final OneLineAMinute log = new OneLineAMinute(now::get, lines::add);

  @Test
  void theFirstIsToldAndThenOneAMinuteWithTheNumberOfTheOthers() {
    log.say(() -> "a");
    log.say(() -> "b");
    now.addAndGet(TimeUnit.SECONDS.toNanos(60) - 1);
    log.say(() -> "c");
    assertThat(lines).containsExactly("a");
    now.incrementAndGet();
    log.say(() -> "d");
    assertThat(lines).containsExactly("a", "d (and 2 such before)");
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    log.say(() -> "e");
    assertThat(lines).endsWith("e");
  }
}
