package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.comitia.state.Coordinate;
import org.junit.jupiter.api.Test;

class NearTest {
  private static Coordinate at(String node, double place) {
    return new Coordinate(node, "", Collections.nCopies(8, place), 0.5, 0, 1e-5);
  }

  private static List<String> sorted(String from, String... nodes) {
    return new Near(from, List.of(at("here", 0), at("close", 0.01), at("far", 0.5)))
        .sorted(List.of(nodes), Function.identity());
  }

  @Test
  void theNearestComesFirst() {
    assertThat(sorted("here", "far", "nowhere", "close", "here", "gone"))
        .containsExactly("here", "close", "far", "nowhere", "gone");
    assertThat(sorted("FAR", "here", "close", "far")).containsExactly("far", "close", "here");
  }

  @Test
  void aNodeIsNearestToItselfHoweverLongItsWayOutIs() {
    Coordinate busy = new Coordinate("busy", "", Collections.nCopies(8, 0.0), 0.5, 0, 0.02);
    assertThat(
            new Near("busy", List.of(busy, at("beside", 0)))
                .sorted(List.of("beside", "busy"), Function.identity()))
        .containsExactly("busy", "beside");
  }

  @Test
  void fromAnUnknownPlaceNothingIsSorted() {
    assertThat(sorted("nowhere", "far", "close")).containsExactly("far", "close");
    assertThat(Near.NONE.sorted(List.of("b", "a"), Function.identity())).containsExactly("b", "a");
  }
}
