package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.comitia.cluster.Read.Consistency;
import org.comitia.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadOptionsTest {
  private static ReadOptions of(String query) {
    return ReadOptions.of(call("/v1/kv/", query, ""), HttpOptions.DEFAULT);
  }

  private static Call call(String path, String query, String cacheControl) {
    return new Call(
        Endpoint.at(path),
        "GET",
        "x",
        QueryString.parse(query),
        new byte[0],
        0,
        "127.0.0.1:4711",
        path,
        new Call.Wishes(false, false, "", cacheControl),
        Visitor.ANYBODY);
  }

  private static ReadOptions discovery(String path, String query) throws Exception {
    Settings settings =
        Settings.of(
            Map.of(
                "comitia.bind-address",
                "127.0.0.1",
                "comitia.discovery-max-stale",
                "7s",
                "comitia.default-query-time",
                "32s",
                "comitia.max-query-time",
                "64s"));
    return ReadOptions.of(call(path, query, ""), HttpOptions.of(settings));
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/catalog/nodes, '', STALE, 7",
    "/v1/health/service/, '', STALE, 7",
    "/v1/health/service/, max_stale=0s, STALE, 7",
    "/v1/health/service/, max_stale=1s, STALE, 1",
    "/v1/health/service/, leader, DEFAULT, 0",
    "/v1/health/service/, consistent, CONSISTENT, 0",
    "/v1/health/service/, stale, STALE, 0",
    "/v1/kv/, '', DEFAULT, 0",
  })
  void aSettingMakesDiscoveryStale(String path, String query, Consistency consistency, int maxStale)
      throws Exception {
    ReadOptions options = discovery(path, query);
    assertThat(options.consistency()).isEqualTo(consistency);
    assertThat(options.maxStale()).isEqualTo(maxStale == 0 ? null : Duration.ofSeconds(maxStale));
  }

  @Test
  void settingsBoundTheWait() throws Exception {
    assertThat(discovery("/v1/kv/", "index=1").maxWait())
        .isBetween(Duration.ofSeconds(32), Duration.ofSeconds(34));
    assertThat(discovery("/v1/kv/", "index=1&wait=10m").maxWait())
        .isBetween(Duration.ofSeconds(64), Duration.ofSeconds(68));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "max-age=30, must-revalidate", "stale-if-error=5,x", "max-age=-1"})
  void readsCacheControl(String header) {
    assertThat(ReadOptions.of(call("/v1/kv/", "", header), HttpOptions.DEFAULT)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"max-age=", "max-age=1s", "x, stale-if-error=y", "max-age=99999999999999999999"})
  void refusesBadCacheControl(String header) {
    assertThatThrownBy(() -> ReadOptions.of(call("/v1/kv/", "", header), HttpOptions.DEFAULT))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessage("Invalid Cache-Control header.");
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
