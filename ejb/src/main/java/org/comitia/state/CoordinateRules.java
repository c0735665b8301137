package org.comitia.state;

import java.util.List;

/** How commands change coordinates; they go with their node. */
final class CoordinateRules {
  private CoordinateRules() {}

  static boolean update(Draft draft, List<Coordinate> coordinates) {
    for (Coordinate given : coordinates) {
      Node node = draft.node(given.node());
      if (node == null || !given.isValid()) {
        continue;
      }
      Coordinate wanted =
          new Coordinate(
              node.name(),
              given.segment(),
              given.vec().stream().map(CoordinateRules::oneZero).toList(),
              oneZero(given.error()),
              oneZero(given.adjustment()),
              oneZero(given.height()));
      if (!wanted.equals(draft.coordinate(wanted.key()))) {
        draft.putCoordinate(wanted);
      }
    }
    return true;
  }

  /** Minus zero is zero: what is stored as a decimal does not keep the sign. */
  private static double oneZero(double number) {
    return number + 0.0;
  }
}
