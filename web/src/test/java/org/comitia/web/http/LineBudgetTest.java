package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LineBudgetTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void soManyAtOnceThenSoManyASecondAndTheRestIsCounted() {
    LineBudget budget = new LineBudget(3, 2);
    for (int i = 0; i < 3; i++) {
      assertThat(budget.take(SECOND)).isZero();
    }
    assertThat(budget.take(SECOND)).isEqualTo(-1);
    assertThat(budget.take(SECOND + SECOND / 2 - 1)).isEqualTo(-1);
    assertThat(budget.take(SECOND + SECOND / 2)).isEqualTo(2);
    assertThat(budget.take(SECOND + SECOND / 2)).isEqualTo(-1);
    for (int i = 0; i < 3; i++) {
      assertThat(budget.take(100 * SECOND)).isEqualTo(i == 0 ? 1 : 0);
    }
    assertThat(budget.take(100 * SECOND)).isEqualTo(-1);
  }
}
