package org.comitia.agent.coordinate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.comitia.cluster.NetworkPosition;
import org.junit.jupiter.api.Test;

class VivaldiTest {
  private static final long SEED = 20;

  /** Lets each of {@code n} nodes ping random others. */
  private static List<Vivaldi> settle(double[][] seconds, int rounds) {
    Random random = new Random(SEED);
    List<Vivaldi> nodes = new ArrayList<>();
    for (int i = 0; i < seconds.length; i++) {
      nodes.add(new Vivaldi(random));
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < seconds.length; i++) {
        int j = random.nextInt(seconds.length);
        if (i != j) {
          nodes.get(i).observe("node" + j, nodes.get(j).position(), seconds[i][j]);
        }
      }
    }
    return nodes;
  }

  private static double worstError(double[][] seconds, List<Vivaldi> nodes) {
    double worst = 0;
    for (int i = 0; i < seconds.length; i++) {
      for (int j = 0; j < i; j++) {
        double guess = Vivaldi.distance(nodes.get(i).position(), nodes.get(j).position());
        worst = Math.max(worst, Math.abs(guess - seconds[i][j]) / seconds[i][j]);
      }
    }
    return worst;
  }

  @Test
  void nodesOnALineFindTheirDistances() {
    double[][] seconds = new double[10][10];
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 10; j++) {
        seconds[i][j] = Math.abs(i - j) * 0.01;
      }
    }
    assertThat(worstError(seconds, settle(seconds, 1_000))).isLessThan(0.1);
  }

  @Test
  void twoSitesAreToldApart() {
    double[][] seconds = new double[12][12];
    for (int i = 0; i < 12; i++) {
      for (int j = 0; j < 12; j++) {
        seconds[i][j] = i % 2 == j % 2 ? 0.001 : 0.080;
      }
    }
    List<Vivaldi> nodes = settle(seconds, 1_000);
    NetworkPosition first = nodes.get(0).position();
    double near = Vivaldi.distance(first, nodes.get(2).position());
    double far = Vivaldi.distance(first, nodes.get(1).position());
    assertThat(far).isBetween(0.060, 0.100);
    assertThat(near).isLessThan(far / 4);
  }

  @Test
  void whatTellsNothingChangesNothing() {
    Vivaldi vivaldi = new Vivaldi(new Random(SEED));
    NetworkPosition before = vivaldi.position();
    NetworkPosition other =
        new NetworkPosition(Collections.nCopies(Vivaldi.DIMENSIONS, 0.1), 1, 0, 1e-5);
    assertThat(vivaldi.observe("a", other, -1)).isFalse();
    assertThat(vivaldi.observe("a", other, 11)).isFalse();
    assertThat(vivaldi.observe("a", other, Double.NaN)).isFalse();
    assertThat(vivaldi.observe("a", new NetworkPosition(List.of(1.0), 1, 0, 0), 0.1)).isFalse();
    assertThat(
            vivaldi.observe(
                "a",
                new NetworkPosition(Collections.nCopies(Vivaldi.DIMENSIONS, Double.NaN), 1, 0, 0),
                0.1))
        .isFalse();
    assertThat(vivaldi.position()).isEqualTo(before);
    assertThat(before.vec()).hasSize(8).containsOnly(0.0);
    assertThat(before.error()).isEqualTo(1.5);
    assertThat(before.height()).isEqualTo(10e-6);
  }

  @Test
  void oneSlowRoundTripIsNoNews() {
    NetworkPosition other =
        new NetworkPosition(Collections.nCopies(Vivaldi.DIMENSIONS, 0.0), 1.5, 0, 10e-6);
    Vivaldi calm = new Vivaldi(new Random(SEED));
    Vivaldi disturbed = new Vivaldi(new Random(SEED));
    for (int i = 0; i < 10; i++) {
      calm.observe("a", other, 0.01);
      disturbed.observe("a", other, i == 5 ? 5 : 0.01);
    }
    assertThat(disturbed.position()).isEqualTo(calm.position());
  }
}
