package org.comitia.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.comitia.raft.BrokenCores;
import org.comitia.raft.RaftCore;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The simulation finds bugs: each deliberately broken server is caught within the seeds and events
 * of the normal build. {@code -Dsim.seeds} does not shorten this: what a rule is worth is shown by
 * the same budget.
 */
class BrokenCoresTest {
  private static final int SEEDS = SimulationTest.SEEDS;
  private static final long EVENTS = 5_000;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aBrokenServerIsFound(Breakage broken) throws InterruptedException {
    caught(broken.name(), new Batch(1, SEEDS, EVENTS, broken, RaftCore::new));
  }

  @ParameterizedTest
  @EnumSource
  void aBrokenRuleIsFound(BrokenCores.Rule rule) throws InterruptedException {
    World.CoreFactory broken =
        (self, options, stored, random, now) ->
            BrokenCores.make(rule, self, options, stored, random, now);
    caught(rule.name(), new Batch(1, SEEDS, EVENTS, Breakage.NONE, broken));
  }

  private static void caught(String name, Batch batch) throws InterruptedException {
    batch.run();
    assertThat(batch.failure()).as("%s is found within %d seeds", name, SEEDS).isNotNull();
    String found = batch.failure().getMessage().lines().findFirst().orElse("");
    System.out.printf(
        "broken: %s found after %d sound seeds: %s%n",
        name, batch.seedsRun(), found.substring(0, Math.min(160, found.length())));
  }
}
