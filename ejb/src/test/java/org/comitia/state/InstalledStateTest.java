package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What was answered from the state before a snapshot is not answered again. */
class InstalledStateTest {
  private static final Query.ServiceInstances WEB =
      new Query.ServiceInstances("web", List.of(), Map.of());

  private static StateVersion withPort(int port) {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    machine.apply(
        1,
        new Command.Register(
            new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            new Service(
                "", "web", "web", List.of(), "", Map.of(), Map.of(), port, 1, 1, false, 0, 0),
            List.of()));
    return machine.version();
  }

  private static int port(QueryResult.Instances answer) {
    return answer.instances().get(0).service().port();
  }

  @Test
  void anAnswerOfAWrongStateDoesNotOutliveIt() {
    StateVersion wrong = withPort(81);
    StateMachine machine = new StateMachine(wrong);
    assertThat(port(machine.evaluate(WEB))).isEqualTo(81);

    machine.install(withPort(80)); // of the same index, as the service's own is

    assertThat(port(machine.evaluate(WEB))).isEqualTo(80);
    // Whoever still looks at the former state leaves nothing behind.
    assertThat(port(machine.evaluate(WEB, wrong))).isEqualTo(81);
    assertThat(port(machine.evaluate(WEB))).isEqualTo(80);
  }
}
