package org.comitia.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.comitia.config.LogLevel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogStreamTest {
  private final Logger logger = Logger.getLogger("agent.test");
  private final LogOutlets outlets = new LogOutlets();
  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);

  @AfterEach
  void stop() {
    scheduled.shutdownNow();
  }

  @Test
  void aLineThatComesWhenItsReaderHasJustSeenThatThereIsNoneIsTold() throws Exception {
    Semaphore told = new Semaphore(0);
    AtomicInteger lines = new AtomicInteger();
    try (LogStream stream = new LogStream(outlets, LogLevel.INFO, false, scheduled)) {
      stream.onLines(
          () -> {
            while (stream.next() != null) {
              lines.incrementAndGet();
            }
            if (lines.get() == 1) {
              logger.info("two");
            }
            told.release();
          });
      logger.info("one");
      assertThat(told.tryAcquire(2, 10, TimeUnit.SECONDS)).isTrue();
      assertThat(lines).hasValue(2);
      assertThat(told.tryAcquire(500, TimeUnit.MILLISECONDS)).as("and that is all").isFalse();
    }
  }
}
