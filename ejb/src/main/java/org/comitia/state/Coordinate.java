package org.comitia.state;

import java.util.List;

/**
 * Where a node is in the network's coordinate system ({@code /v1/coordinate}); times in seconds.
 *
 * @param segment empty for the default one
 * @param vec a number a dimension
 */
public record Coordinate(
    String node, String segment, List<Double> vec, double error, double adjustment, double height) {
  /** Where it is found in {@link StateVersion#coordinates()}. */
  public CoordinateKey key() {
    return CoordinateKey.of(node, segment);
  }

  /** Whether every number is one. */
  boolean isValid() {
    return vec.stream().allMatch(Double::isFinite)
        && Double.isFinite(error)
        && Double.isFinite(adjustment)
        && Double.isFinite(height);
  }
}
