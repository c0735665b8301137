package org.comitia.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.comitia.config.LogLevel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogTest {
  private static final Instant TIME = Instant.parse("2026-11-21T22:21:06.744Z");

  private final Logger logger = Logger.getLogger("agent.test");
  private final LogOutlets outlets = new LogOutlets();
  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(1);

  @AfterEach
  void stop() {
    scheduled.shutdownNow();
  }

  @Test
  void linesHaveConsulsFormat() {
    assertThat(LogLine.text(TIME, LogLevel.WARN, "agent", "text: key=value"))
        .isEqualTo("2026-11-21T22:21:06.744Z [WARN]  agent: text: key=value\n");
    assertThat(LogLine.text(Instant.EPOCH, LogLevel.ERROR, "agent", "x"))
        .isEqualTo("1970-01-01T00:00:00.000Z [ERROR] agent: x\n");
  }

  @Test
  void jsonLinesAreObjects() {
    String line = LogLine.json(TIME, LogLevel.INFO, "agent", "a \"quoted\"\n\\ text\u0001");
    var object = jakarta.json.Json.createReader(new StringReader(line)).readObject();
    assertThat(object.getString("@message")).isEqualTo("a \"quoted\"\n\\ text\u0001");
    assertThat(object.getString("@level")).isEqualTo("info");
    assertThat(object.getString("@module")).isEqualTo("agent");
    assertThat(object.getString("@timestamp")).isEqualTo("2026-11-21T22:21:06.744000Z");
    assertThat(line).endsWith("}\n").doesNotContain("\n\n");
  }

  @Test
  void anExcerptHasItsLengthWhateverItHolds() {
    assertThat(LogLine.excerpt("\u0001".repeat(1024), 1024)).startsWith("\\u0001").hasSize(1027);
    assertThat(LogLine.excerpt("a\n" + "b".repeat(9), 8)).isEqualTo("a\\nbbbbb...");
    assertThat(LogLine.excerpt("a\nb", 4)).isEqualTo("a\\nb");
    assertThat(LogLine.excerpt("b".repeat(8), 8)).isEqualTo("b".repeat(8));
  }

  @Test
  void aMessageIsOneLineWhateverItHolds() {
    String ends = "\u007f\u0085\u009b\u2028\u2029";
    IntStream controls = IntStream.concat(IntStream.range(0, 0x20), ends.chars());
    controls.forEach(
        c -> {
          String message = "id=" + (char) c + "2026-01-01T00:00:00.000Z [INFO]  agent: forged";
          String text = LogLine.text(TIME, LogLevel.INFO, "agent", message);
          String json = LogLine.json(TIME, LogLevel.INFO, "agent", message);
          for (String line : List.of(text, json)) {
            assertThat(line.substring(0, line.length() - 1)).doesNotContain("" + (char) c);
            assertThat(line).endsWith("\n").hasLineCount(1).contains("id=\\");
          }
        });
    assertThat(LogLine.text(TIME, LogLevel.INFO, "agent", "gr\u00fc\u00df\ud83d\ude00 a\\b"))
        .endsWith("agent: gr\u00fc\u00df\ud83d\ude00 a\\b\n");
  }

  @Test
  void noLineOfAStackLooksLikeOneOfTheLog() {
    LogRecord record = new LogRecord(Level.SEVERE, "broken");
    record.setLoggerName("agent");
    record.setThrown(
        new IllegalStateException("a\n2026-01-01T00:00:00.000Z [INFO]  agent: b\u001b"));
    assertThat(LogLine.text(record).lines().skip(1)).isNotEmpty().allMatch(l -> l.startsWith("\t"));
    assertThat(LogLine.text(record)).doesNotContain("\u001b");
  }

  @Test
  void anErrorsStackFollowsItsLine() {
    LogRecord record = new LogRecord(Level.SEVERE, "broken");
    record.setLoggerName("agent");
    record.setThrown(new IllegalStateException("why"));
    assertThat(LogLine.text(record))
        .contains("[ERROR] agent: broken\n")
        .contains("IllegalStateException: why");
    record.setLevel(Level.WARNING);
    assertThat(LogLine.text(record)).doesNotContain("IllegalStateException");
  }

  /** Texts of others are in messages, as long as a body may be. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "\n", "\"", "\u0001", "\u2028", "\ud83d\ude00"})
  void aRecordMakesNoLongLine(String part) {
    String long512KiB = part.repeat(512 * 1024 / part.length());
    LogRecord record = new LogRecord(Level.SEVERE, "error=" + long512KiB);
    record.setLoggerName("agent");
    record.setThrown(new IllegalStateException(long512KiB, new Throwable(long512KiB)));
    for (String line : List.of(LogLine.text(record), LogLine.json(record))) {
      assertThat(line).contains("agent", "error=", "...").endsWith("\n");
      assertThat(line.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(LogStream.MAX_BYTES);
    }
    record.setMessage("x".repeat(LogLine.MAX_MESSAGE));
    record.setThrown(null);
    assertThat(LogLine.text(record)).endsWith("xx\n");
  }

  @Test
  void eachOutletHasItsOwnLevel() {
    List<String> few = new ArrayList<>();
    List<String> many = new ArrayList<>();
    try (LogOutlets.Outlet warnings = outlets.open(LogLevel.WARN, r -> few.add(r.getMessage()))) {
      logger.fine("nobody asks");
      try (LogOutlets.Outlet all = outlets.open(LogLevel.DEBUG, r -> many.add(r.getMessage()))) {
        logger.fine("detail");
        logger.warning("trouble");
        all.setLevel(LogLevel.ERROR);
        logger.warning("more trouble");
      }
      warnings.setLevel(LogLevel.INFO);
      logger.info("news");
    }
    logger.warning("nobody listens");
    assertThat(few).containsExactly("trouble", "more trouble", "news");
    assertThat(many).containsExactly("detail", "trouble");
    assertThat(Logger.getLogger("agent").getLevel()).isNull();
    assertThat(Logger.getLogger("agent").getHandlers()).isEmpty();
  }

  @Test
  void aStreamKeepsSoManyBytesForItsReader() {
    try (LogStream stream = new LogStream(outlets, LogLevel.INFO, false, scheduled)) {
      String message = "\u20ac".repeat(LogLine.MAX_MESSAGE);
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LogStream.MAX_LINES; i++) {
          logger.info(message);
        }
        int bytes = 0;
        for (byte[] line = stream.next(); line != null; line = stream.next()) {
          bytes += line.length;
        }
        assertThat(bytes)
            .isBetween(LogStream.MAX_BYTES - 4 * LogLine.MAX_MESSAGE, LogStream.MAX_BYTES);
      }
    }
  }

  @Test
  void aStreamTellsOfItsLinesAndDropsWhatIsTooMuch() throws Exception {
    Semaphore told = new Semaphore(0);
    try (LogStream stream = new LogStream(outlets, LogLevel.INFO, false, scheduled)) {
      stream.onLines(told::release);
      logger.info("one");
      assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      assertThat(new String(stream.next(), StandardCharsets.UTF_8)).endsWith("agent.test: one\n");
      assertThat(stream.next()).isNull();
      for (int i = 0; i < LogStream.MAX_LINES + 5; i++) {
        logger.info("flood " + i);
      }
      int lines = 0;
      while (stream.next() != null) {
        lines++;
      }
      assertThat(lines).isEqualTo(LogStream.MAX_LINES);
    }
  }
}
