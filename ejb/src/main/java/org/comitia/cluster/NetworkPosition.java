package org.comitia.cluster;

import java.util.List;

/**
 * Where an agent believes to be in the network (Vivaldi); times in seconds.
 *
 * @param vec one number a dimension
 */
public record NetworkPosition(List<Double> vec, double error, double adjustment, double height) {
  /** Whether every number is one. */
  public boolean isFinite() {
    return vec.stream().allMatch(Double::isFinite)
        && Double.isFinite(error)
        && Double.isFinite(adjustment)
        && Double.isFinite(height);
  }
}
