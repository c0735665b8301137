package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexBudgetTest {
  private static void refused(String expression, String why) {
    assertThatThrownBy(() -> new RegexBudget().compile(expression))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining(why);
  }

  private static Pattern taken(String expression) {
    return new RegexBudget().compile(expression);
  }

  @Test
  void asManyExpressionsAsTheBoundAreTaken() {
    RegexBudget budget = new RegexBudget();
    for (int i = 0; i < RegexBudget.MAX_EXPRESSIONS; i++) {
      assertThat(budget.compile("x").matcher("x").find()).isTrue();
    }
    assertThatThrownBy(() -> budget.compile("x"))
        .isInstanceOf(LimitExceededException.class)
        .hasMessage("more than 32 regular expressions");
  }

  @Test
  void theElementsOfAllExpressionsAreCountedTogether() {
    RegexBudget budget = new RegexBudget();
    budget.compile("(x{98}){99}"); // (98 + 1 + 1) * 99 + 1
    budget.compile("x".repeat(99));
    assertThatThrownBy(() -> budget.compile("x")).hasMessageContaining("more than 10000 elements");
    assertThat(RegexSize.of("(x{98}){99}").elements()).isEqualTo(9_901);
  }

  @Test
  void groupsNestToTheBound() {
    int groups = RegexBudget.MAX_GROUPS;
    assertThat(taken("(".repeat(groups) + "x" + ")".repeat(groups)).groupCount()).isEqualTo(groups);
    refused("(".repeat(groups + 1) + "x" + ")".repeat(groups + 1), "more than 100 groups");
    assertThat(taken("(?:x)*".repeat(groups)).matcher("x").find()).isTrue();
    refused("(?:x)*".repeat(groups + 1), "more than 100 groups");
  }

  @Test
  void optionalRepetitionsNestToTheBound() {
    assertThat(taken("x{0,300}").matcher("x").find()).isTrue();
    refused("x{0,301}", "300 levels");
    assertThat(taken("(x{0,298})*").matcher("x").find()).isTrue();
    refused("(x{0,299})*", "300 levels");
    assertThat(taken("x*" + "(?i)*".repeat(299)).matcher("x").find()).isTrue();
    refused("x*" + "(?i)*".repeat(300), "300 levels");
  }

  @Test
  void partsThatTakeNoCharacterAreAsManyAsTheBound() {
    int bound = RegexBudget.MAX_HOLLOW;
    for (String part : List.of("\\b", "^", "$", "\\B", "\\A", "\\z", "x?", "x*", "x+", "x{2,}")) {
      assertThat(RegexSize.of(part.repeat(7)).hollow()).as(part).isEqualTo(7);
    }
    assertThat(RegexSize.of("(?:){9}").hollow()).isEqualTo(10);
    assertThat(RegexSize.of("(){9}").hollow()).isEqualTo(28);
    assertThat(RegexSize.of("(?:(?:\\b|x){9}x{0,5}){3}").hollow()).isEqualTo((28 + 5) * 3 + 1);
    assertThat(taken("\\b".repeat(bound)).matcher("x").find()).isTrue();
    assertThat(taken("(?:x?)" + "x?".repeat(bound - 1)).matcher("y").find()).isTrue();
    refused("\\b".repeat(bound + 1), "more than 1000 anchors");
    refused("x?".repeat(bound + 1), "more than 1000 anchors");
    refused("(?:" + "()".repeat(9) + "){38}", "more than 1000 anchors");
    assertThat(taken("word|".repeat(bound / 2) + "last").matcher("a last one").find()).isTrue();
  }

  @Test
  void anExpressionIsAsLongAsTheBound() {
    assertThat(taken("x".repeat(4_096)).matcher("x").find()).isFalse();
    refused("x".repeat(4_097), "longer than 4096 characters");
  }

  @Test
  void unicodeClassesWeighWhatTheirTablesDo() {
    assertThat(taken("\\p{L}".repeat(99)).matcher("x").find()).isFalse();
    refused("\\p{L}".repeat(100), "10000 elements");
    refused("[" + "\\pL\\P{Nd}".repeat(50) + "]", "10000 elements");
    refused("(?i)" + "[\\x{2000}-\\x{10000}]".repeat(20), "10000 elements");
    assertThat(taken("[\\x{2000}-\\x{10000}]".repeat(20)).matcher("x").find()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i)\u1C8F",
        "(?i)[\u1C8E-\u1C90]",
        "(?i)\\x{1C8F}",
        "(?i)[\\x{1C8F}]",
        "(?i:a)|\\Q\u1C8F\\E"
      })
  void lettersOfABlockThatDoesNotFoldBackAreNotFolded(String expression) {
    refused(expression, "U+1C80");
    assertThat(taken(expression.replace("i", "s")).matcher("x")).isNotNull();
  }

  @Test
  void lettersBesideThatBlockAreFolded() {
    for (int letter = 0x1C70; letter < 0x1CA0; letter++) {
      assertThat(RegexSize.of("(?i)" + Character.toString(letter)).foldsRefusedBlock())
          .isEqualTo(letter >= 0x1C80 && letter <= 0x1C8F);
    }
    assertThat(taken("(?i)a[\u1C7F\u1C90]").matcher("A\u1C7F").matches()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(x{100}){200}",
        "(x{1000}){11}",
        "(?:a|b{500}){100}",
        "(((x{10}){10}){10}){10}",
        // what stands before a flag, or an empty quotation, is still what a repetition repeats
        "x{101}(?i){100}",
        "x{101}\\Q\\E{100}",
        // a bracket that is no end of a class, or no class, hides nothing
        "[[:alpha:][](x{100}){100}]",
        "\\Q[\\E(x{100}){100}]",
        "[A-[:](x{100}){100}[:]]",
        "[^]](x{100}){100}",
        "[\\]](x{100}){100}]",
        "\\[(x{100}){100}]",
        "\\x{5b}(x{100}){100}]",
        "\\133(x{100}){100}]",
        "[\\p{L}](x{100}){100}]",
        "(?P<n>(x{100}){100})"
      })
  void aLargeExpressionIsRefusedBeforeItIsCompiled(String expression) {
    refused(expression, "more than 10000 elements");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "}",
        "x{",
        "x{,5}",
        "[",
        "[]",
        "[^]x]{9}",
        "\\",
        "(",
        ")",
        "))((",
        "[\\]]{10}",
        "(a{10}){10}",
        "\\{1000}\\{1000}",
        "x{2}{3}",
        "(?",
        "(?P<",
        "(?P<n",
        "\\p",
        "\\p{",
        "\\x",
        "\\x{",
        "\\x{110000}",
        "\\Q",
        "\\Qx\\",
        "[[:",
        "[\\",
        "[a-",
        "[a-\\",
        "[--]",
        "|*",
        "x{007}",
        "x{5,2}",
        "\uD800",
        "[\uDC00-"
      })
  void anOddExpressionIsMeasuredAndLeftToRe2(String expression) {
    assertThat(RegexSize.of(expression).elements()).isLessThan(1_000);
    try {
      new RegexBudget().compile(expression);
    } catch (PatternSyntaxException wrong) {
      assertThat(wrong.getMessage()).startsWith("error parsing regexp");
    }
  }

  /** Whatever brackets, quotations and repetitions stand within each other. */
  @Test
  void noExpressionIsMuchLargerThanItWasMeasured() {
    List<String> parts =
        List.of(
            "a",
            "b",
            "é",
            "(",
            "(",
            ")",
            ")",
            "(?:",
            "(?i)",
            "(?i:",
            "(?P<n>",
            "[",
            "]",
            "[^",
            "-",
            "[:",
            ":]",
            "[:alpha:]",
            "\\Q",
            "\\E",
            "\\",
            "\\]",
            "\\[",
            "\\d",
            "\\pL",
            "\\p{Greek}",
            "\\x{5b}",
            "\\x41",
            "\\101",
            "|",
            "*",
            "+",
            "?",
            "{7}",
            "{2,9}",
            "{0,9}",
            "{3,}",
            "{,3}",
            "{",
            "}",
            "^",
            "$",
            ".",
            "\\b");
    int compiled = 0;
    for (long seed = 1; seed <= 40_000; seed++) {
      Random random = new Random(seed);
      StringBuilder expression = new StringBuilder();
      for (int i = random.nextInt(24); i >= 0; i--) {
        expression.append(parts.get(random.nextInt(parts.size())));
      }
      try {
        Pattern pattern = new RegexBudget().compile(expression.toString());
        compiled++;
        assertThat((long) pattern.programSize())
            .as("seed %s: %s", seed, expression)
            .isLessThanOrEqualTo(4 * RegexSize.of(expression.toString()).elements() + 4);
      } catch (PatternSyntaxException | LimitExceededException refused) {
        // most are no expressions
      }
    }
    assertThat(compiled).isGreaterThan(1_000);
  }
}
