package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final RefusalLog log = new RefusalLog(() -> 7);
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
  void oneKindIsToldOnceAMinuteAndDoesNotHideAnother() {
    log.say(new Refusal(Kind.NAME, "Member 'x'"));
    log.say(new Refusal(Kind.NAME, "Member 'z'"));
    log.say(new Refusal(Kind.CLUSTER, "Member 'y'"));
    assertThat(lines)
        .containsExactly("COM2001: Refused: Member 'x'", "COM2001: Refused: Member 'y'");
  }
}
