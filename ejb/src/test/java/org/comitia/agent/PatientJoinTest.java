package org.comitia.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.comitia.cluster.Membership;
import org.comitia.cluster.Membership.JoinOutcome;
import org.junit.jupiter.api.Test;

class PatientJoinTest {
  private final List<List<String>> tried = new ArrayList<>();

  /** What the addresses answer, round by round; the last round's answers stay. */
  private final Deque<List<String>> errors = new ArrayDeque<>();

  private PatientJoin join(Duration patience) {
    Membership membership =
        (Membership)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Membership.class},
                (self, method, args) -> {
                  assertThat(method.getName()).isEqualTo("join");
                  return outcomes(args[0]);
                });
    return new PatientJoin(membership, patience, Duration.ofMillis(1));
  }

  private List<JoinOutcome> outcomes(Object asked) {
    List<String> addresses = ((List<?>) asked).stream().map(String::valueOf).toList();
    tried.add(addresses);
    List<String> round = errors.size() > 1 ? errors.remove() : errors.element();
    List<JoinOutcome> outcomes = new ArrayList<>();
    for (int i = 0; i < addresses.size(); i++) {
      String error = round.get(i);
      outcomes.add(new JoinOutcome(addresses.get(i), error.isEmpty() ? null : error));
    }
    return outcomes;
  }

  private static final String REFUSED = "dial tcp 10.0.0.1:8301: connect: connection refused";

  @Test
  void whereNobodyListensYetIsTriedAgainAndNobodyElse() throws Exception {
    errors.add(List.of("", REFUSED, "no such host"));
    errors.add(List.of(REFUSED));
    errors.add(List.of(""));

    List<JoinOutcome> outcomes = join(Duration.ofMinutes(1)).join(List.of("a", "b", "c"));

    assertThat(tried).containsExactly(List.of("a", "b", "c"), List.of("b"), List.of("b"));
    assertThat(outcomes)
        .containsExactly(
            new JoinOutcome("a", null),
            new JoinOutcome("b", null),
            new JoinOutcome("c", "no such host"));
  }

  @Test
  void whoeverNeverListensIsGivenUp() throws Exception {
    errors.add(List.of(REFUSED));

    assertThat(join(Duration.ofMillis(500)).join(List.of("a")))
        .containsExactly(new JoinOutcome("a", REFUSED));
    assertThat(tried).hasSizeGreaterThan(1);
  }
}
