package org.comitia.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulation finds bugs: each deliberately broken server is caught within the seeds and events
 * of the normal build. {@code -Dsim.seeds} does not shorten this: what a rule is worth is shown by
 * the same budget.
 */
class BrokenCoresTest {
  private static final int SEEDS = SimulationTest.SEEDS;
  private static final long EVENTS = 5_000;

  static Stream<Broken> broken() {
    return Broken.all();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aBrokenServerIsFound(Broken broken) throws InterruptedException {
    Batch batch = new Batch(1, SEEDS, EVENTS, broken);
    batch.run();
    assertThat(batch.failure()).as("%s is found within %d seeds", broken, SEEDS).isNotNull();
    String found = batch.failure().getMessage().lines().findFirst().orElse("");
    System.out.printf(
        "broken: %s found after %d sound seeds: %s%n",
        broken, batch.seedsRun(), found.substring(0, Math.min(160, found.length())));
  }
}
