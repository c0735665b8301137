package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.comitia.consensus.Read.Consistency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadOptionsTest {
  private static ReadOptions of(String query) {
    return ReadOptions.of(QueryString.parse(query));
  }

  @ParameterizedTest
  @CsvSource({
    "'', DEFAULT, leader",
    "leader, DEFAULT, leader",
    "stale, STALE, stale",
    "stale=, STALE, stale",
    "consistent, CONSISTENT, consistent",
    "max_stale=5s, STALE, stale",
    "max_stale=0s, DEFAULT, leader",
    "consistent&max_stale=0s, CONSISTENT, consistent",
  })
  void readsTheConsistency(String query, Consistency consistency, String shown) {
    assertThat(of(query).consistency()).isEqualTo(consistency);
    assertThat(of(query).effectiveConsistency()).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "stale&consistent|Cannot specify ?stale with ?consistent, conflicting semantics.",
        "consistent&max_stale=1s|Cannot specify ?stale with ?consistent, conflicting semantics.",
        "consistent&cached|Cannot specify ?cached with ?consistent, conflicting semantics.",
        "index=x|Invalid index",
        "index=-1|Invalid index",
        "index=+1|Invalid index",
        "index=18446744073709551616|Invalid index",
        "wait=10|Invalid wait time",
        "index=1&wait=x|Invalid wait time",
        "max_stale=soon|Invalid max_stale value \"soon\"",
      })
  void refusesWithConsulsText(String query, String text) {
    assertThatThrownBy(() -> of(query))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessage(text);
  }

  @Test
  void withoutAnIndexNothingBlocks() {
    assertThat(of("wait=5m").minIndex()).isZero();
    assertThat(of("wait=5m").maxWait()).isZero();
    assertThat(of("index=0&wait=5m").maxWait()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "index=7, 300",
    "index=7&wait=0s, 300",
    "index=7&wait=-1s, 300",
    "index=7&wait=16s, 16",
    "index=7&wait=1h, 600",
  })
  void waitsAsLongAsConsulPlusASixteenth(String query, long seconds) {
    Duration base = Duration.ofSeconds(seconds);
    for (int i = 0; i < 100; i++) {
      ReadOptions options = of(query);
      assertThat(options.minIndex()).isEqualTo(7);
      assertThat(options.maxWait()).isBetween(base, base.plus(base.dividedBy(16)));
    }
  }

  @Test
  void anIndexBeyondAnyLogIsNoError() {
    assertThat(of("index=18446744073709551615").minIndex()).isEqualTo(Long.MAX_VALUE);
  }
}
