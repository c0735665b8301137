package org.comitia.agent.coordinate;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.comitia.cluster.NetworkPosition;

/**
 * Vivaldi (Dabek, Cox, Kaashoek, Morris: "Vivaldi: A Decentralized Network Coordinate System",
 * SIGCOMM 2004) as Serf tunes it: eight dimensions and a height, an adjustment term (Lee et al.,
 * "On Suitability of Euclidean Embedding for Host-Based Network Coordinate Systems"), a median of
 * three round trips a peer (Ledlie et al., "Network Coordinates in the Wild"), and a weak pull to
 * the origin. Times in seconds. Safe for any thread.
 */
public final class Vivaldi {
  static final int DIMENSIONS = 8;
  private static final double MAX_ERROR = 1.5;
  private static final double ERROR_GAIN = 0.25;
  private static final double FORCE_GAIN = 0.25;
  private static final int ADJUSTMENT_WINDOW = 20;
  private static final double MIN_HEIGHT = 10e-6;
  private static final int LATENCY_WINDOW = 3;
  private static final double GRAVITY = 150;
  private static final double ZERO = 1e-6;
  private static final double MAX_ROUND_TRIP = 10;

  /** Peers whose last round trips are remembered; the one not heard of for longest is dropped. */
  private static final int MAX_PEERS = 4_096;

  private final RandomGenerator random;
  private final double[] adjustments = new double[ADJUSTMENT_WINDOW];
  private int adjusted;
  private final Map<String, Deque<Double>> latencies =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Double>> eldest) {
          return size() > MAX_PEERS;
        }
      };

  private NetworkPosition position = unknown();
  private long resets;

  public Vivaldi(RandomGenerator random) {
    this.random = random;
  }

  private static NetworkPosition unknown() {
    return new NetworkPosition(
        DoubleStream.generate(() -> 0).limit(DIMENSIONS).boxed().toList(),
        MAX_ERROR,
        0,
        MIN_HEIGHT);
  }

  /** Where we believe to be. */
  public synchronized NetworkPosition position() {
    return position;
  }

  /** How often an impossible position was given up. */
  public synchronized long resets() {
    return resets;
  }

  /**
   * Takes a round trip into account.
   *
   * @return false for one that tells nothing: too long, or with a peer that counts otherwise
   */
  public synchronized boolean observe(String node, NetworkPosition peer, double seconds) {
    if (peer.vec().size() != DIMENSIONS
        || !peer.isFinite()
        || !(seconds >= 0 && seconds <= MAX_ROUND_TRIP)) {
      return false;
    }
    double roundTrip = Math.max(ZERO, median(node, seconds));
    pull(peer, roundTrip);
    adjust(peer, roundTrip);
    NetworkPosition origin = unknown();
    double distance = distance(origin, position);
    position = moved(position, -Math.pow(distance / GRAVITY, 2), origin);
    if (!position.isFinite()) {
      position = unknown();
      resets++;
    }
    return true;
  }

  private double median(String node, double seconds) {
    Deque<Double> last = latencies.computeIfAbsent(node, any -> new ArrayDeque<>());
    last.add(seconds);
    if (last.size() > LATENCY_WINDOW) {
      last.remove();
    }
    double[] sorted = last.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /** The spring between us: moves by the confidence that we have against the peer's. */
  private void pull(NetworkPosition peer, double roundTrip) {
    double distance = distance(position, peer);
    double wrong = Math.abs(distance - roundTrip) / roundTrip;
    double weight = position.error() / Math.max(ZERO, position.error() + peer.error());
    double error = ERROR_GAIN * weight * wrong + position.error() * (1 - ERROR_GAIN * weight);
    NetworkPosition doubted =
        new NetworkPosition(
            position.vec(), Math.min(MAX_ERROR, error), position.adjustment(), position.height());
    position = moved(doubted, FORCE_GAIN * weight * (roundTrip - distance), peer);
  }

  private void adjust(NetworkPosition peer, double roundTrip) {
    adjustments[adjusted] = roundTrip - rawDistance(position, peer);
    adjusted = (adjusted + 1) % ADJUSTMENT_WINDOW;
    position =
        new NetworkPosition(
            position.vec(),
            position.error(),
            Arrays.stream(adjustments).sum() / (2 * ADJUSTMENT_WINDOW),
            position.height());
  }

  /** Pushed away from the other by this many seconds; towards it when negative. */
  private NetworkPosition moved(NetworkPosition from, double force, NetworkPosition other) {
    double[] away = new double[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      away[i] = from.vec().get(i) - other.vec().get(i);
    }
    double length = length(away);
    boolean apart = length > ZERO;
    if (!apart) {
      // In the same place: any direction will do.
      for (int i = 0; i < DIMENSIONS; i++) {
        away[i] = random.nextDouble() - 0.5;
      }
    }
    double unit = length(away) > ZERO ? force / length(away) : 0;
    Double[] vec = new Double[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      vec[i] = from.vec().get(i) + away[i] * unit;
    }
    double height =
        apart
            ? Math.max(
                MIN_HEIGHT, (from.height() + other.height()) * force / length + from.height())
            : from.height();
    return new NetworkPosition(List.of(vec), from.error(), from.adjustment(), height);
  }

  /** The estimated round trip between two positions, seconds. */
  public static double distance(NetworkPosition a, NetworkPosition b) {
    double raw = rawDistance(a, b);
    double adjusted = raw + a.adjustment() + b.adjustment();
    return adjusted > 0 ? adjusted : raw;
  }

  private static double rawDistance(NetworkPosition a, NetworkPosition b) {
    double[] between = new double[a.vec().size()];
    for (int i = 0; i < between.length; i++) {
      between[i] = a.vec().get(i) - b.vec().get(i);
    }
    return length(between) + a.height() + b.height();
  }

  private static double length(double[] vector) {
    return Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
  }
}
