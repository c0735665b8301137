package org.comitia.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Whole clusters in all weathers, one run a seed. {@code -Dsim.seeds=N} runs more or fewer, {@code
 * -Dsim.first=S} starts elsewhere, {@code -Dsim.events=E} makes them longer. One seed with its
 * trace: {@code mvn -q -pl ejb test -Dtest=SimulationTest#replay -Dsim.seed=S}
 * (docs/design/simulation.md).
 */
class SimulationTest {
  static final int SEEDS = 2_000;
  static final int EVENTS = Integer.getInteger("sim.events", 5_000);

  @Test
  void everySeedKeepsThePromises() throws InterruptedException {
    int seeds = Integer.getInteger("sim.seeds", SEEDS);
    long first = Long.getLong("sim.first", 1);
    Batch batch = new Batch(first, seeds, EVENTS, Broken.named("NONE"));
    batch.run();
    System.out.println(batch.summary());
    if (batch.failure() != null) {
      throw batch.failure();
    }
    assertThat(batch.seedsRun()).isEqualTo(seeds);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(transcript(seed)).as("seed %d", seed).isEqualTo(transcript(seed));
    }
  }

  private static String transcript(long seed) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Broken sound = Broken.named("NONE");
    PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
    new World(seed, sound.breakage(), sound.cores(), out).run(EVENTS);
    out.flush();
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  @EnabledIfSystemProperty(named = "sim.seed", matches = "-?\\d+")
  void replay() {
    long seed = Long.getLong("sim.seed");
    Broken broken = Broken.named(System.getProperty("sim.broken", "NONE"));
    World world = new World(seed, broken.breakage(), broken.cores(), System.out);
    long start = System.nanoTime();
    try {
      world.run(EVENTS);
    } finally {
      System.out.printf(
          "seed %d, %s: %d events, %d ms simulated, in %d ms%n",
          seed,
          world.scenario.kind(),
          world.events,
          TimeUnit.NANOSECONDS.toMillis(world.now),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }
  }
}
