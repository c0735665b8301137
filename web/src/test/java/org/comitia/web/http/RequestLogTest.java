package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestLogTest {
  private final Logger logger = Logger.getLogger("agent.http");
  private final List<String> lines = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void stop() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  /** A refusal tells its client what it sent, which may be as long as a body. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "\"", "\\", "\n", "\u2028"})
  void noErrorMakesALongLine(String part) {
    String sent = part.repeat(512 * 1024);
    RequestLog.error("PUT", "/v1/kv/a", "127.0.0.1:1", "unknown field \"" + sent + "\" of it");
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0))
        .startsWith("Request error: method=PUT url=/v1/kv/a from=127.0.0.1:1 error=\"unknown field")
        .endsWith("...\"")
        .hasSizeLessThan(8 * 1024);
  }

  @ParameterizedTest
  @ValueSource(strings = {"No cluster leader", "unknown field \"Kye\"\n"})
  void aShortOneIsToldWhole(String error) {
    RequestLog.error("PUT", "/v1/kv/a", "127.0.0.1:1", error);
    String escaped = error.replace("\"", "\\\"").replace("\n", "\\n");
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).endsWith(" error=\"" + escaped + "\"");
  }
}
