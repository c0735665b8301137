package org.comitia.state;

import java.util.function.Function;

/**
 * The bounds of {@link CommandRules} on rows that come as they are: what no command would bring
 * into the state no archive brings either.
 */
final class RowBounds {
  private RowBounds() {}

  /** Which bound one of the rows is over; null for none. */
  static String excess(Tables rows) {
    String excess = first(rows.nodes().values(), Bounds::excess);
    excess = excess == null ? first(rows.services().values(), Bounds::excess) : excess;
    excess = excess == null ? first(rows.checks().values(), Bounds::excess) : excess;
    excess = excess == null ? first(rows.kv().keySet(), Bounds::keyExcess) : excess;
    excess = excess == null ? first(rows.sessions().values(), Bounds::excess) : excess;
    excess = excess == null ? first(rows.lockDelays().keySet(), Bounds::keyExcess) : excess;
    excess = excess == null ? first(rows.preparedQueries().values(), Bounds::excess) : excess;
    excess = excess == null ? first(rows.coordinates().values(), RowBounds::excess) : excess;
    excess = excess == null ? first(rows.autopilot().values(), Bounds::excess) : excess;
    excess = excess == null ? first(rows.autopilot().values(), AutopilotRules::refusal) : excess;
    return excess == null ? first(rows.access().values(), AccessBounds::rowExcess) : excess;
  }

  /** What {@link CoordinateRules} passes over, or changes, since no table keeps it. */
  private static String excess(Coordinate row) {
    if (!row.isValid() || isNegativeZero(row.error())) {
      return "a coordinate has a number that no table keeps";
    }
    boolean kept = !isNegativeZero(row.adjustment()) && !isNegativeZero(row.height());
    for (double dimension : row.vec()) {
      kept &= !isNegativeZero(dimension);
    }
    return kept ? Bounds.excess(row) : "a coordinate has a number that no table keeps";
  }

  private static boolean isNegativeZero(double number) {
    return Double.doubleToRawLongBits(number) == Long.MIN_VALUE;
  }

  private static <T> String first(Iterable<T> rows, Function<T, String> excess) {
    for (T row : rows) {
      String found = excess.apply(row);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
