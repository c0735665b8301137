package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values: what Go's net/url and net/http answer. */
class RequestPathTest {
  @ParameterizedTest
  @CsvSource({
    "/v1/kv/a%2Fb, /v1/kv/a/b",
    "/v1/kv/a/, /v1/kv/a/",
    "/v1/kv/a;b, /v1/kv/a;b",
    "/v1/kv/a;jsessionid=1, /v1/kv/a;jsessionid=1",
    "/v1/kv/a+b, /v1/kv/a+b",
    "/v1/kv/a%20b, /v1/kv/a b",
    "/v1/kv/a%252Fb, /v1/kv/a%2Fb",
    "/v1/kv/%5C%23, /v1/kv/\\#",
    "/v1/%6bv/x, /v1/kv/x",
  })
  void decodesPercentOnceAndNothingElse(String raw, String decoded) {
    assertThat(RequestPath.decode(raw).bytes()).isEqualTo(decoded);
  }

  @Test
  void keepsBytesThatAreNoText() {
    assertThat(RequestPath.decode("/%FF%C3%A4").bytes()).isEqualTo("/\u00ff\u00c3\u00a4");
    assertThat(RequestPath.decode("/\u00fe").bytes()).isEqualTo("/\u00fe");
    assertThat(RequestPath.decode("/\u20ac").bytes()).isEqualTo("/\u00e2\u0082\u00ac");
    assertThat(RequestPath.decode("/\ud83d\ude00x").bytes())
        .isEqualTo("/\u00f0\u009f\u0098\u0080x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%", "/a%2", "/a%zz", "/a%2g", "/a%\uff12f", "/a\tb", "/a\u007f"})
  void refusesWhatIsNoPath(String raw) {
    assertThat(RequestPath.decode(raw)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "//, /",
    "/a//b, /a/b",
    "/a///, /a/",
    "/a/./b, /a/b",
    "/a/../b, /b",
    "/a/b/.., /a",
    "/a/b/../, /a/",
    "/../a, /a",
    "/a/., /a",
    "/.., /",
    "/a%2F%2Fb, /a/b",
    "*, /*",
    "a/b, /a/b",
  })
  void cleansAsServeMuxDoes(String raw, String cleaned) {
    RequestPath path = RequestPath.decode(raw);
    assertThat(path.clean().bytes()).isEqualTo(cleaned);
    assertThat(path.clean()).isNotSameAs(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "/a/", "/a/..b", "/a/...", "/.a/b.", "/a;b/c"})
  void aCleanPathStaysTheSame(String raw) {
    RequestPath path = RequestPath.decode(raw);
    assertThat(path.clean()).isSameAs(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%00", "/a%01", "/%7F", "/%C2%80", "/%C2%A0", "/%E2%80%A8", "/%0A"})
  void tellsWhatCannotBePrinted(String raw) {
    assertThat(RequestPath.decode(raw).printable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%20b", "/%FF", "/%C3%A4", "/%F0%9F%98%80", "/~"})
  void tellsWhatCanBePrinted(String raw) {
    assertThat(RequestPath.decode(raw).printable()).isTrue();
  }

  @Test
  void escapesAsGoWritesAPath() {
    assertThat(RequestPath.decode("/a%20b;c,d/%FF%25%3F!*'()[]").escaped())
        .isEqualTo("/a%20b;c,d/%FF%25%3F%21%2A%27%28%29%5B%5D");
  }
}
