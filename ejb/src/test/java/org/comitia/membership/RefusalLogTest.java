package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
  private static final Logger SERF = Logger.getLogger("serf");
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final RefusalLog log = new RefusalLog(now::get);
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
    SERF.addHandler(handler);
  }

  @AfterEach
  void stop() {
    SERF.removeHandler(handler);
  }

  @Test
  void refusalsOfOneKindAreOneLineAMinuteAndACount() {
    log.say(new Refusal(Kind.NAME, "Member 'x'"));
    log.say(new Refusal(Kind.NAME, "Member 'y'"));
    now.addAndGet(TimeUnit.SECONDS.toNanos(60) - 1);
    log.say(new Refusal(Kind.NAME, "Member 'z'"));
    assertThat(lines).containsExactly("COM2001: Refused: Member 'x'");
    now.incrementAndGet();
    log.say(new Refusal(Kind.NAME, "Member 'w'"));
    assertThat(lines)
        .containsExactly(
            "COM2001: Refused: Member 'x'", "COM2001: Refused: Member 'w' (and 2 such before)");
  }

  @Test
  void oneKindDoesNotHideAnother() {
    log.say(new Refusal(Kind.NAME, "Member 'x'"));
    log.say(new Refusal(Kind.CLUSTER, "Member 'y'"));
    assertThat(lines)
        .containsExactly("COM2001: Refused: Member 'x'", "COM2001: Refused: Member 'y'");
  }
}
