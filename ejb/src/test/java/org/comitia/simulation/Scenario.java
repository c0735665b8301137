package org.comitia.simulation;

import java.util.SplittableRandom;

/**
 * What a seed simulates: how many servers, how they are configured, how hard the weather is. A pure
 * function of the seed.
 *
 * @param expects per server its bootstrap-expect, 0 for none, -1 for {@code -bootstrap}
 * @param initial how many of them are there from the start; the others come late
 * @param churn whether servers leave and come back as the run goes on
 * @param faultNanos mean time between two faults
 * @param dropPercent messages lost
 * @param duplicatePercent messages delivered twice
 * @param maxDelayNanos messages are under way for up to this long; a few much longer
 * @param bandwidth bytes a second of a link on which frames keep their order until it breaks; 0:
 *     every frame travels by itself
 * @param syncNanos how long the disks need for a write, in the calm too; 0: a few milliseconds
 * @param trailing how many entries stay in a log behind what the tables hold
 */
record Scenario(
    Kind kind,
    int[] expects,
    int initial,
    boolean churn,
    long faultNanos,
    int dropPercent,
    int duplicatePercent,
    long maxDelayNanos,
    long bandwidth,
    long syncNanos,
    int trailing) {

  enum Kind {
    ONE,
    THREE,
    FIVE,
    GROW,
    MANUAL,
    /** The membership changes all the time. */
    CHANGES,
    RACE
  }

  /** Bytes a second. */
  static final int SLOWEST_LINK = 6_000;

  private static final long MILLI = 1_000_000L;

  static Scenario of(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5eed);
    int dice = random.nextInt(100);
    Kind kind = kind(random.nextInt(100));
    int[] expects = expects(kind, random);
    boolean churn = kind == Kind.GROW || kind == Kind.CHANGES || random.nextInt(4) == 0;
    int initial = kind == Kind.GROW ? 3 : expects.length;
    long faultNanos = (80 + random.nextInt(600)) * MILLI;
    int drop = random.nextInt(3) == 0 ? 0 : random.nextInt(12);
    int duplicate = random.nextInt(3) == 0 ? 0 : random.nextInt(8);
    long delay = (1 + random.nextInt(random.nextInt(3) == 0 ? 80 : 15)) * MILLI;
    long sync = random.nextInt(8) == 0 ? (100 + random.nextInt(1_900)) * MILLI : 0;
    long bandwidth = random.nextInt(3) == 0 ? SLOWEST_LINK + random.nextInt(20_000) : 0;
    int trailing = random.nextInt(3) == 0 ? 1_000_000 : random.nextInt(60);
    return new Scenario(
        kind,
        expects,
        initial,
        churn,
        faultNanos,
        drop,
        duplicate,
        delay,
        bandwidth,
        sync,
        trailing);
  }

  /** Simulated time within which a cluster without faults must elect, commit and catch up. */
  long recoveryLimit() {
    return 60_000 * MILLI + 60 * syncNanos;
  }

  /** How long a write may take in the calm. */
  long patience() {
    return 1_000 * MILLI + 6 * syncNanos;
  }

  /** Whether frames travel on connections, in order and at a limited rate. */
  boolean hasConnections() {
    return bandwidth > 0;
  }

  /** Changes come all the time. */
  boolean changesAlways() {
    return kind == Kind.CHANGES && expects.length > 4;
  }

  /** Changes come when leaders come and go; there are four servers most of the time. */
  boolean changesAtElections() {
    return kind == Kind.CHANGES && expects.length == 4;
  }

  private static Kind kind(int dice) {
    if (dice < 36) {
      return dice < 4 ? Kind.ONE : Kind.THREE;
    }
    if (dice < 66) {
      return dice < 52 ? Kind.FIVE : Kind.GROW;
    }
    return dice < 72 ? Kind.MANUAL : dice < 86 ? Kind.CHANGES : Kind.RACE;
  }

  /**
   * Whether a wiped server, which remembers no promise, can rightly become part of a second cluster
   * while the first goes on: there are enough servers for both.
   */
  boolean roomForTwo() {
    return kind == Kind.RACE || kind == Kind.GROW;
  }

  private static int[] expects(Kind kind, SplittableRandom random) {
    switch (kind) {
      case ONE:
        return new int[] {random.nextBoolean() ? 1 : -1};
      case THREE:
        return random.nextInt(4) == 0 ? new int[] {3, 0, 3} : new int[] {3, 3, 3};
      case FIVE:
        return new int[] {5, 5, 5, 5, 5};
      case GROW:
        return new int[] {3, 3, 3, 0, 0};
      case CHANGES:
        return random.nextBoolean() ? new int[] {4, 4, 4, 4} : new int[] {4, 4, 4, 4, 0};
      case MANUAL:
        return new int[] {-1, 0, 0};
      default:
        return race(random);
    }
  }

  /** Servers that do not agree on how many they are. */
  private static int[] race(SplittableRandom random) {
    int[] expects = new int[3 + random.nextInt(3)];
    int usual = 2 + random.nextInt(2);
    for (int i = 0; i < expects.length; i++) {
      int dice = random.nextInt(10);
      expects[i] = dice < 6 ? usual : dice < 8 ? 0 : dice < 9 ? 2 + random.nextInt(3) : usual;
    }
    if (random.nextInt(4) == 0) {
      expects[random.nextInt(expects.length)] = -1;
    }
    return expects;
  }
}
