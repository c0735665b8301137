package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoordinatesTest {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  @BeforeEach
  void registerANode() {
    Node node = new Node("", "N1", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);
    apply(new Command.Register(node, false, null, List.of()));
  }

  private void apply(Command command) {
    assertThat(machine.apply(++index, command)).isEqualTo(new CommandResult.Done(true));
  }

  private static Coordinate at(String node, String segment, double x) {
    return new Coordinate(node, segment, List.of(x, 0.0), 1.5, 0, 1e-5);
  }

  private QueryResult.CoordinateList ask(Query<?> query) {
    return (QueryResult.CoordinateList) Queries.evaluate(query, machine.version());
  }

  @Test
  void theNewestCoordinateOfANodeAndSegmentStays() {
    apply(new Command.CoordinateUpdate(List.of(at("n1", "", 1), at("n1", "alpha", 2))));
    apply(new Command.CoordinateUpdate(List.of(at("n1", "", 3))));
    assertThat(ask(new Query.NodeCoordinates("n1")).coordinates())
        .containsExactly(at("N1", "", 3), at("N1", "alpha", 2));
    assertThat(ask(new Query.Coordinates()).index()).isEqualTo(3);
    apply(new Command.CoordinateUpdate(List.of(at("n1", "", 3))));
    assertThat(ask(new Query.Coordinates()).index()).as("the same again").isEqualTo(3);
  }

  @Test
  void whatIsUnknownOrNoNumberIsPassedOver() {
    apply(
        new Command.CoordinateUpdate(
            List.of(
                at("n9", "", 1),
                at("n1", "", Double.NaN),
                at("n1", "", Double.POSITIVE_INFINITY),
                at("n1", "", -0.0))));
    assertThat(ask(new Query.Coordinates()).coordinates()).containsExactly(at("N1", "", 0.0));
  }

  @Test
  void coordinatesGoWithTheirNode() {
    apply(new Command.CoordinateUpdate(List.of(at("n1", "", 1), at("n1", "alpha", 2))));
    apply(new Command.Deregister("n1", null, null));
    assertThat(ask(new Query.Coordinates()).coordinates()).isEmpty();
    assertThat(ask(new Query.NodeCoordinates("n1")).index()).isEqualTo(3);
  }
}
