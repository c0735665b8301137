package org.comitia.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RulesTest {
  private static final List<Rule> KEYS_AND_OPERATOR =
      List.of(
          new Rule(Resource.KEY, "", true, Access.READ),
          new Rule(Resource.KEY, "foo/", true, Access.WRITE),
          new Rule(Resource.KEY, "foo/secret", false, Access.DENY),
          new Rule(Resource.OPERATOR, "", false, Access.READ));

  private static List<Rule> parse(String text) throws InvalidRulesException {
    return Rules.parse(text).rules();
  }

  static List<String> formsOfTheSame() {
    return List.of(
        """
        # all may be read
        key_prefix "" { policy = "read" }
        key_prefix "foo/" {
          policy = "write" // below foo
        }
        /* but
           this */ key "foo/secret" { policy = "deny" }
        operator = "read"
        """,
        "key_prefix \"\" {policy=\"read\"} \"key_prefix\" \"foo/\" {\"policy\"=\"write\",},"
            + "key \"foo/secret\" {policy=\"deny\"} operator=\"read\"",
        """
        key_prefix { "" { policy = "read" } "foo/" { policy = "write" } }
        key = { "foo/secret" = { policy = "deny" } }
        operator = "read"
        """,
        """
        key_prefix = [{ "" = { policy = "read" } }, { "foo/" = [{ policy = "write" }] },]
        key "foo\\x2fsecret" { policy = "de\\u006ey" }
        operator = "read"
        """,
        """
        {
          "key_prefix": {"": {"policy": "read"}, "foo/": {"policy": "write"}},
          "key": {"foo\\/secret": {"policy": "deny"}},
          "operator": "read"
        }
        """,
        """
         {"key_prefix": [{"": {"policy": "read"}}, {"foo/": [{"policy": "write"}]}],
          "key": [{"\\u0066oo/secret": [{"policy": "deny"}]}], "operator": "read"}
        """,
        """
        {"key_prefix": {"": {"policy": "read"}}, "key_prefix": {"foo/": {"policy": "write"}},
         "key": {"foo/secret": {"policy": "deny"}}, "operator": "read"}""");
  }

  @ParameterizedTest
  @MethodSource("formsOfTheSame")
  void sameRulesInEachForm(String text) throws InvalidRulesException {
    assertThat(parse(text)).isEqualTo(KEYS_AND_OPERATOR);
  }

  @Test
  void everyResourceIsKnown() throws InvalidRulesException {
    for (Resource resource : Resource.values()) {
      if (resource.segmented()) {
        assertThat(parse(resource.text() + " \"a\" { policy = \"write\" }"))
            .containsExactly(new Rule(resource, "a", false, Access.WRITE));
        assertThat(parse(resource.text() + "_prefix a { policy = \"write\" }"))
            .containsExactly(new Rule(resource, "a", true, Access.WRITE));
      } else {
        assertThat(parse(resource.text() + " = \"write\""))
            .containsExactly(new Rule(resource, "", false, Access.WRITE));
        assertThatThrownBy(() -> parse(resource.text() + "_prefix \"\" { policy = \"write\" }"))
            .isInstanceOf(InvalidRulesException.class);
      }
    }
  }

  @Test
  void noRuleIsNoRule() throws InvalidRulesException {
    for (String none : List.of("", " \n", "# nothing", "{}", "acl = \"\"", "key {}", "key = []")) {
      assertThat(parse(none)).as(none).isEmpty();
    }
  }

  @Test
  void whatOnlyTheMeshHasIsLeftOut() throws InvalidRulesException {
    assertThat(
            parse(
                "mesh = \"write\" peering = \"read\""
                    + " service_prefix \"\" { policy = \"write\" intentions = \"write\" }"))
        .containsExactly(new Rule(Resource.SERVICE, "", true, Access.WRITE));
  }

  @Test
  void namesMayHoldWhatEscapesSay() throws InvalidRulesException {
    assertThat(parse("key \"a\\\"\\\\\\t\\101\\x41\\u00e9\\U0001F600$}\" { policy = \"list\" }"))
        .containsExactly(new Rule(Resource.KEY, "a\"\\\tAAé😀$}", false, Access.LIST));
    assertThat(parse("{\"key\":{\"a\\\"\\\\\\t\\ud83d\\ude00${x}\":{\"policy\":\"list\"}}}"))
        .containsExactly(new Rule(Resource.KEY, "a\"\\\t😀${x}", false, Access.LIST));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "key \"a\" { policy = \"wirte\" }|line 1: Invalid key policy: expected \"deny\", \"read\","
            + " \"list\" or \"write\", found \"wirte\"",
        "node \"a\" { policy = \"list\" }|line 1: Invalid node policy: expected \"deny\", \"read\""
            + " or \"write\", found \"list\"",
        "operator = read|line 1: expected a string in quotes, found \"read\"",
        "operator \"read\"|line 1: expected \"{\", found the end",
        "operator = { policy = \"read\" }|line 1: expected a string in quotes behind \"operator\"",
        "key \"a\" = \"read\"|line 1: expected \"{\", found \"=\"",
        "key = \"read\"|line 1: expected a block behind \"key\"",
        "key { policy = \"read\" }|line 1: expected a block behind \"policy\"",
        "key \"a\" { policy = \"read\"|line 1: expected a name, found the end",
        "key \"a\" { }|line 1: expected a policy for this key, found none",
        "key \"a\" { polcy = \"read\" }|line 1: expected the name of an attribute of key, found"
            + " \"polcy\"",
        "key \"a\" { policy = \"read\" sentinel { } }|line 1: expected the name of an attribute of"
            + " key, found \"sentinel\"",
        "key \"a\" { policy = \"read\" intentions = \"read\" }|line 1: expected the name of an"
            + " attribute of key, found \"intentions\"",
        "key \"a\" { policy = \"read\" policy = \"read\" }|line 1: expected policy once, found it"
            + " again",
        "acl = \"read\" acl = \"read\"|line 1: expected acl once, found it again",
        "kei \"a\" { policy = \"read\" }|line 1: expected the name of a resource, found \"kei\"",
        "{\"acl\": \"read\",}|line 1: expected a name in quotes, found \"}\"",
        "{\"acl\" = \"read\"}|line 1: expected \":\", found \"=\"",
        "{\"acl\": true}|line 1: expected a string in quotes, found \"true\"",
        "{\"acl\": \"read\"} x|line 1: expected the end behind the closing brace, found \"x\"",
        "key \"a|line 1: expected a quote that ends the string",
        "key \"\\q\" { }|line 1: expected a valid escape behind the backslash",
        "key \"\\ud800\" { }|line 1: expected a valid escape behind the backslash",
        "key \"\\xff\" { }|line 1: expected a valid escape behind the backslash",
        "key \"${a}\" { }|line 1: interpolation ($ and a brace) is not supported",
        "/* x|line 1: expected \"*/\" behind the comment that begins here",
      })
  void refusalsSayWhatWasExpected(String text, String problem) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(InvalidRulesException.class)
        .hasMessage("Failed to parse ACL rules: " + problem);
  }

  @Test
  void refusalsNameTheLine() {
    assertThatThrownBy(() -> parse("/* a\n b */\nkey \"a\" {\n  policy = \"x\"\n}"))
        .hasMessageContaining("line 4:");
    assertThatThrownBy(() -> parse("{\n\"key\": {\n\"a\": 1}}")).hasMessageContaining("line 3:");
    assertThatThrownBy(() -> parse("# a\nkey \"a\" { policy = <<EOF\nread\nEOF\n }"))
        .hasMessageContaining("line 2: a heredoc ends with a newline");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u202e", "\u0007", "\r", "\u2028", "\u0085"})
  void refusalsDoNotRepeatWhatCouldDeceive(String odd) {
    assertThatThrownBy(() -> parse("\"a" + odd + "\" = \"read\""))
        .message()
        .doesNotContain(odd)
        .contains("\\u");
    assertThatThrownBy(() -> parse("\"" + "a".repeat(10_000) + "\" = \"read\""))
        .message()
        .hasSizeLessThan(200);
  }

  @Test
  void boundsHold() throws InvalidRulesException {
    String rule = "key \"a\" { policy = \"read\" }\n";
    assertThat(parse(rule.repeat(Rules.MAX_RULES))).hasSize(Rules.MAX_RULES);
    assertThatThrownBy(() -> parse(rule.repeat(Rules.MAX_RULES + 1)))
        .hasMessage("Failed to parse ACL rules: line 1001: more than 1000 rules");
    assertThat(parse(" ".repeat(Rules.MAX_LENGTH))).isEmpty();
    assertThatThrownBy(() -> parse(" ".repeat(Rules.MAX_LENGTH + 1)))
        .hasMessageContaining("longer than 65536 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a={", "a=[", "a{", "a ", "{\"a\":", "{\"a\":["})
  void depthIsBounded(String level) {
    // what opens a list stands once behind a name, then lists stand in lists
    String deep =
        level.equals("a=[")
            ? "a=" + "[".repeat(60_000)
            : level.repeat(Rules.MAX_LENGTH / level.length());
    assertThatThrownBy(() -> parse(deep))
        .hasMessage("Failed to parse ACL rules: line 1: nested more than 8 levels deep");
  }

  @Test
  void whateverComesIsReadOrRefused() {
    Random random = new Random(65);
    List<String> valid = formsOfTheSame();
    int read = 0;
    for (int i = 0; i < 200_000; i++) {
      String text =
          random.nextInt(4) == 0 ? noise(random) : mutated(valid.get(i % valid.size()), random);
      try {
        for (Rule rule : parse(text)) {
          assertThat(rule.access() != Access.LIST || rule.resource() == Resource.KEY).isTrue();
        }
        read++;
      } catch (InvalidRulesException e) {
        assertThat(e.getMessage()).hasSizeLessThan(1_000);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("for " + text, e);
      }
    }
    assertThat(read).isBetween(2_000, 190_000);
  }

  private static String noise(Random random) {
    String likely = "{}[]=:,\"\\#/*<$ \nkeyaclpolicyread0\ud83d\ude00\u0000";
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(60); i > 0; i--) {
      out.append(
          random.nextInt(10) == 0
              ? (char) random.nextInt(0x10000)
              : likely.charAt(random.nextInt(likely.length())));
    }
    return out.toString();
  }

  private static String mutated(String valid, Random random) {
    StringBuilder out = new StringBuilder(valid);
    for (int i = 1 + random.nextInt(3); i > 0 && out.length() > 0; i--) {
      int at = random.nextInt(out.length());
      switch (random.nextInt(4)) {
        case 0 -> out.deleteCharAt(at);
        case 1 -> out.insert(at, noise(random));
        case 2 -> out.setCharAt(at, valid.charAt(random.nextInt(valid.length())));
        default -> out.insert(at, valid, 0, random.nextInt(valid.length()));
      }
    }
    return out.toString();
  }
}
