package org.comitia;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.config.GoDuration;
import org.comitia.config.HostPort;
import org.comitia.config.Metadata;
import org.comitia.state.CommandRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Texts as long as a body may be, at each place where a regular expression of java.util.regex looks
 * at what others sent. An expression that goes back over such a text from each of its characters
 * takes minutes, which is what the timeout is for; one that goes over it once, a few milliseconds.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileTextTest {
  private static final int LENGTH = 512 * 1024;

  private static final List<String> TEXTS =
      Stream.of("1", ":", ".", ":.", "a", "a:", "://a:", "://", "-1", "fe80::1%a")
          .flatMap(part -> Stream.of("x", "", "%", "\n").map(end -> filled(part, end)))
          .toList();

  private static String filled(String part, String end) {
    return part.repeat(LENGTH / part.length()) + end;
  }

  /** Whether a text is refused, or taken for something else. */
  static Stream<Arguments> doors() {
    return Stream.of(
        door("a duration", text -> GoDuration.problem(text) != null),
        door("an IP address", text -> !HostPort.isLiteral(text)),
        door("a key of metadata", text -> Metadata.refusal(Map.of(text, "")) != null),
        door("a TTL", text -> CommandRules.ttlRefusal(text, CommandRules.MIN_SESSION_TTL) != null),
        door("a service's address", text -> tagged(Map.of("Name", "w", "Address", text)) == 0),
        door(
            "a check's interval",
            text -> refused(Map.of("Name", "c", "TCP", "a:1", "Interval", text))));
  }

  private static Arguments door(String name, Function<String, Boolean> refuses) {
    return Arguments.of(name, refuses);
  }

  private static int tagged(Map<String, Object> service) {
    try {
      return Definitions.service("n1", service).service().taggedAddresses().size();
    } catch (InvalidDefinitionException e) {
      return 0;
    }
  }

  private static boolean refused(Map<String, Object> check) {
    try {
      Definitions.check(check);
      return false;
    } catch (InvalidDefinitionException e) {
      return true;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("doors")
  void aLongTextIsRefusedAtOnce(String name, Function<String, Boolean> refuses) {
    for (String text : TEXTS) {
      assertThat(refuses.apply(text)).isTrue();
    }
  }

  @Test
  void whatIsLongerThanADurationOrAnAddressIsNotLookedAt() {
    assertThat(GoDuration.problem("1".repeat(64))).startsWith("time: missing unit in duration");
    assertThat(GoDuration.problem("1".repeat(65))).startsWith("time: invalid duration");
    assertThat(HostPort.isLiteral("fe80::1%" + "a".repeat(56))).isTrue();
    assertThat(HostPort.isLiteral("fe80::1%" + "a".repeat(57))).isFalse();
  }
}
