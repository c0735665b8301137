package org.comitia.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.Membership;
import org.comitia.cluster.Membership.JoinOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JoinLoopTest {
  private static final Logger LOG = Logger.getLogger("agent");

  private final List<List<String>> tried = new ArrayList<>();
  private final List<String> severe = new ArrayList<>();
  private final Handler handler =
      new Told(
          told -> {
            if (told.getLevel() == Level.SEVERE) {
              severe.add(told.getMessage());
            }
          });

  @BeforeEach
  void listen() {
    LOG.addHandler(handler);
  }

  @AfterEach
  void leave() {
    LOG.removeHandler(handler);
  }

  @Test
  void whereTheProcessEndsNothingElseIsTried() {
    run(true);
    assertThat(tried).containsExactly(List.of("a"));
    assertThat(severe).containsExactly("COM2007: Failed to join any of [a], exiting");
  }

  @Test
  void whereTheProcessGoesOnRetryJoinIsTriedAndNobodySaysExiting() {
    run(false);
    assertThat(tried).containsExactly(List.of("a"), List.of("b"));
    assertThat(severe)
        .containsExactly("COM2007: Failed to join any of [a]", "max join LAN retry exhausted");
  }

  private void run(boolean exits) {
    Membership membership =
        (Membership)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Membership.class},
                (self, method, args) -> refused(args[0]));
    new JoinLoop(
            membership,
            List.of("a"),
            List.of("b"),
            Duration.ofMillis(1),
            1,
            own -> false,
            reason -> exits)
        .run();
  }

  private List<JoinOutcome> refused(Object asked) {
    List<String> addresses = ((List<?>) asked).stream().map(String::valueOf).toList();
    tried.add(addresses);
    return addresses.stream().map(a -> new JoinOutcome(a, "no such host")).toList();
  }
}
