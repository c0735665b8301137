package org.comitia.web.http;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.comitia.agent.coordinate.Vivaldi;
import org.comitia.cluster.NetworkPosition;
import org.comitia.state.Coordinate;

/** {@code ?near=}: sorts by the estimated round trip from a node. Immutable. */
public final class Near {
  /** Sorts nothing. */
  public static final Near NONE = new Near("", List.of());

  private final Map<String, NetworkPosition> positions =
      new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final NetworkPosition from;

  Near(String node, List<Coordinate> coordinates) {
    for (Coordinate c : coordinates) {
      positions.put(c.node(), new NetworkPosition(c.vec(), c.error(), c.adjustment(), c.height()));
    }
    from = positions.get(node);
  }

  /**
   * The nearest first, the node's own before all, those at no known place last; in their order when
   * they are equally near, and as they are when it is not known where the node itself is.
   *
   * @param node the name of an element's node
   */
  public <T> List<T> sorted(List<T> all, Function<T, String> node) {
    return from == null
        ? all
        : all.stream()
            .sorted(Comparator.comparingDouble((T element) -> distance(node.apply(element))))
            .toList();
  }

  private double distance(String node) {
    NetworkPosition there = positions.get(node);
    if (there == from) {
      // By the ways out and in again (height and adjustment of both ends) a neighbour may be nearer
      // to a node than the node itself, which takes neither.
      return -1;
    }
    return there == null || there.vec().size() != from.vec().size()
        ? Double.POSITIVE_INFINITY
        : Vivaldi.distance(from, there);
  }
}
