package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
  private static final Logger SERF = Logger.getLogger("serf");
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong clock = new AtomicLong(7);
  private final RefusalLog log = new RefusalLog(clock::get);
  private final Handler handler = new Told(line -> lines.add(line.getMessage()));

  @BeforeEach
  void listen() {
    SERF.addHandler(handler);
  }

  @AfterEach
  void stop() {
    SERF.removeHandler(handler);
  }

  @Test
  void whoseClusterSucceedsOursIsRememberedForSomeMinutes() {
    log.say(new Refusal(Kind.CLUSTER, "Member 'y'"));
    assertThat(log.successor()).isEmpty();
    log.say(new Refusal(Kind.SUCCESSOR, "Member 'z'"));
    log.say(new Refusal(Kind.CLUSTER, "Member 'y'"));
    clock.addAndGet(TimeUnit.MINUTES.toNanos(4));
    assertThat(log.successor()).isEqualTo("Member 'z'");
    clock.addAndGet(TimeUnit.MINUTES.toNanos(2));
    assertThat(log.successor()).isEmpty();
  }

  @Test
  void oneKindIsToldOnceAMinuteAndDoesNotHideAnother() {
    log.say(new Refusal(Kind.NAME, "Member 'x'"));
    log.say(new Refusal(Kind.NAME, "Member 'z'"));
    log.say(new Refusal(Kind.CLUSTER, "Member 'y'"));
    assertThat(lines)
        .containsExactly("COM2001: Refused: Member 'x'", "COM2001: Refused: Member 'y'");
  }
}
