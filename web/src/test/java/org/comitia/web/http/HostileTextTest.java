package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long texts at each place where a regular expression of java.util.regex looks at a part of a
 * request. One that goes back over such a text from each of its characters takes minutes, which is
 * what the timeout is for.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileTextTest {
  private static final int LENGTH = 512 * 1024;

  @ParameterizedTest
  @ValueSource(strings = {"1", ":", "a.", "1.", "::1%25a", "q=0.", "0", " "})
  void aLongTextIsLookedAtOnce(String part) {
    String text = part.repeat(LENGTH / part.length());
    byte[] body = ("{\"LockDelay\":\"" + text + "x\"}").getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Fields.of(body, Bodies.SESSION)).isInstanceOf(Refusal.class);
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    for (String host : List.of(text + "/", "[" + text + "/]")) {
      assertThat(Exchange.with(filter, "GET", "/v1/kv/a", "Host", host).status()).isEqualTo(400);
    }
    assertThat(AcceptEncoding.takesGzip("gzip;" + text + "x")).isTrue();
    assertThatThrownBy(() -> AgentCache.check(caching("max-age=" + text + "x")))
        .isInstanceOf(Refusal.class);
  }

  private static Call caching(String header) {
    return new Call(
        Endpoint.at("/v1/catalog/services"),
        "GET",
        "",
        QueryString.parse("cached"),
        new byte[0],
        0,
        "127.0.0.1:1",
        "/v1/catalog/services",
        new Call.Wishes(false, false, "", header),
        Visitor.ANYBODY);
  }
}
