package org.comitia.web.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.comitia.state.Check;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.catalog.CatalogShapes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {
  private static final Node NODE =
      new Node(
          "40e4a748-2192-161a-0510-9bf59fe950b5",
          "web-1",
          "10.0.0.1",
          "dc1",
          Map.of("lan", "10.0.0.1"),
          Map.of("os", "linux", "rack.row", "7", "empty", ""),
          5,
          6);

  private static final Service SERVICE =
      new Service(
          "web-1",
          "api-1",
          "api",
          List.of("v1", "primary"),
          "",
          Map.of("wan", new Service.ServiceAddress("198.51.100.1", 80)),
          Map.of("version", "1.2.3"),
          8080,
          10,
          1,
          true,
          7,
          8);

  private static final QueryResult.HealthInstance HEALTH =
      new QueryResult.HealthInstance(
          NODE,
          SERVICE,
          List.of(
              check("serfHealth", "passing", "Agent alive and reachable", List.of()),
              check("api", "critical", "connection \"refused\"\n", List.of("v1"))));

  private static Check check(String id, String status, String output, List<String> tags) {
    return new Check("web-1", id, id, status, "", output, "", "", tags, "", 1, 1);
  }

  private static boolean holds(String expression) throws InvalidFilterException {
    return Filter.compile(expression, CatalogShapes.HEALTH).test(HEALTH);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "Service.Service == api|true",
        "Service.Service==api|true",
        "Service.Service == \"api\"|true",
        "Service.Service == `api`|true",
        "  ( Service.Service == api )  |true",
        "(Service.Service==api)|true",
        "Service.Service != api|false",
        "Service.Port == 8080|true",
        "Service.Port == \"0x1f90\"|true",
        "Service.Port == \"8080\"|true",
        "Service.Port != 80|true",
        "Service.Port == -1|false",
        "Service.EnableTagOverride == true|true",
        "Service.EnableTagOverride != T|false",
        "Service.Weights.Passing == 10|true",
        "Node.Node == web-1|error",
        "Node.Node == \"web-1\"|true",
        "\"web\" in Node.Node|true",
        "web in Node.Node|true",
        "Node.Node contains \"b-1\"|true",
        "Node.Node not contains \"x\"|true",
        "\"x\" not in Node.Node|true",
        "Node.Node matches \"^web-[0-9]+$\"|true",
        "Node.Node not matches `^api-\\d`|true",
        "Node.Node matches \"b-\"|true",
        "Node.Node matches `(?i)WEB`|true",
        "Node.Meta.os == linux|true",
        "Node.Meta[\"os\"] == linux|true",
        "Node.Meta[ `rack.row` ] == 7|true",
        "Node.Meta.missing == linux|false",
        "Node.Meta.missing != linux|true",
        "Node.Meta.missing matches \".\"|false",
        "Node.Meta.missing not matches \".\"|true",
        "lin in Node.Meta.missing|false",
        "lin not in Node.Meta.missing|true",
        "Node.Meta.empty == \"\"|true",
        "os in Node.Meta|true",
        "Node.Meta contains os|true",
        "\"rack.row\" in Node.Meta|true",
        "\"x\" not in Node.Meta|true",
        "Node.Meta is empty|false",
        "Node.Meta is not empty|true",
        "v1 in Service.Tags|true",
        "Service.Tags contains \"v\"|false",
        "v2 not in Service.Tags|true",
        "Service.Tags is not empty|true",
        "Service.TaggedAddresses.wan.Port == 80|true",
        "Service.TaggedAddresses.lan.Port == 80|false",
        "Service.TaggedAddresses.lan.Port != 80|true",
        "wan in Service.TaggedAddresses|true",
        "Checks.Status == critical|true",
        "Checks.Status != passing|true",
        "Checks.Status == warning|false",
        "not Checks.Status == critical|false",
        "not (Checks.Status == warning)|true",
        "Checks is empty|false",
        "v1 in Checks.ServiceTags|true",
        "Checks.ServiceTags is empty|true",
        "Checks.Output contains \"\\x72efused\"|true",
        "Checks.Output == \"connection \\u0022refused\\042\\n\"|true",
        "Service.Proxy.MeshGateway.Mode == \"\"|true",
        "Service.Proxy.Upstreams is empty|true",
        "Service.Connect.Native == true|false",
        "Service.Service == api and Service.Port == 1|false",
        "Service.Service == api or Service.Port == 1|true",
        "Service.Service == x and Service.Port == 1 or Node.Datacenter == dc1|true",
        "Service.Service == x and (Service.Port == 1 or Node.Datacenter == dc1)|false",
        "not Service.Service == x and Service.Port == 8080|true",
        "not not Service.Service == api|true",
        "Service.Service == api\tand\rService.Port == 8080|true",
        "api-1 == Service.ID|error",
        "Node == web|error",
        "Service.Service == or or Service.Port == 8080|true",
      })
  void decides(String expression, String verdict) throws InvalidFilterException {
    if (verdict.equals("error")) {
      assertThatThrownBy(() -> holds(expression)).isInstanceOf(InvalidFilterException.class);
    } else {
      assertThat(holds(expression)).isEqualTo(Boolean.parseBoolean(verdict));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "Foo == 1|Selector \"Foo\" is not valid",
        "Node.Foo.x == 1|Selector \"Node.Foo\" is not valid",
        "Node.Address.x == 1|Selector \"Node.Address.x\" is not valid",
        "CreateIndex == 1|Selector \"CreateIndex\" is not valid",
        "Node.Address is empty|Invalid match operator \"Is Empty\" for selector \"Node.Address\"",
        "Service.Tags == v1|Invalid match operator \"Equal\" for selector \"Service.Tags\"",
        "Service.Tags not matches v1|Invalid match operator \"Not Matches\" for selector \"Service.Tags\"",
        "Service == v1|Invalid match operator \"Equal\" for selector \"Service\"",
        "x in Checks|Invalid match operator \"In\" for selector \"Checks\"",
        "x not in Service.Port|Invalid match operator \"Not In\" for selector \"Service.Port\"",
        "Service.Port == x|Failed to coerce value \"x\" for selector \"Service.Port\": strconv.ParseInt: parsing \"x\": invalid syntax",
        "Service.Port == 9223372036854775808|Failed to coerce value \"9223372036854775808\" for selector \"Service.Port\": strconv.ParseInt: parsing \"9223372036854775808\": value out of range",
        "Service.EnableTagOverride == yes|Failed to coerce value \"yes\" for selector \"Service.EnableTagOverride\": strconv.ParseBool: parsing \"yes\": invalid syntax",
        "Node.Node matches \"[\"|Failed to compile regular expression \"[\": error parsing regexp: missing closing ]: `[`",
        "(Node.Node == x|1:16 (15): rule \"grouping\": Unmatched parentheses",
        "Node.Node == \"x|1:16 (15): rule \"string\": Unterminated string literal",
        "Node.Node == \"\\q\"|1:14 (13): rule \"string\": invalid syntax",
        "Node.Meta[x] == 1|1:11 (10): rule \"index\": Invalid index",
        "Node.Meta[\"x\" == 1|1:15 (14): rule \"index\": Unclosed index expression",
        "x in 5|1:6 (5): rule \"match\": Invalid selector",
        "Service.Port == 1x|1:18 (17): rule \"number\": Invalid number literal",
        "Service.Port == 007|1:18 (17): rule \"number\": Invalid number literal",
      })
  void refusesWithConsulsText(String expression, String text) {
    assertThatThrownBy(() -> holds(expression))
        .isInstanceOf(InvalidFilterException.class)
        .hasMessage("Failed to create boolean expression evaluator: " + text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "foo",
        "==",
        "Node.Node ==",
        "Node.Node = x",
        "Node.Node == x and",
        "Node.Node == x or or",
        "Node.Node == x Node.Node == y",
        "Node.Node is",
        "Node.Node is not",
        "Node..Node == x",
        "Node. == x",
        "()",
        "not",
        "(not Node.Node == x)and Node.Node == x",
        "\u00e4 == 1",
        "Node.Node == 'x'",
        "\u0000",
      })
  void refusesWhatIsNoExpression(String expression) {
    assertThatThrownBy(() -> holds(expression))
        .isInstanceOf(InvalidFilterException.class)
        .hasMessageMatching(
            "(?s)Failed to create boolean expression evaluator: \\d+:\\d+ \\(\\d+\\): .*expected.*");
  }

  @Test
  void saysWhereItStumbled() {
    assertThatThrownBy(() -> holds("Node.Node\n= x"))
        .hasMessage(
            "Failed to create boolean expression evaluator: 2:1 (10): no match found, expected:"
                + " \"!=\", \"==\", \"contains\", \"in\", \"is\", \"matches\" or \"not\"");
  }

  @Test
  void anEmptyExpressionKeepsEverything() throws InvalidFilterException {
    assertThat(holds("")).isTrue();
  }

  @Test
  void longAndDeepExpressionsAreRefusedOrReadInTime() throws InvalidFilterException {
    String match = "Service.Port == 8080";
    assertThat(holds(match + (" and " + match).repeat(5_000))).isTrue();
    assertThat(holds(match + (" or " + match).repeat(5_000))).isTrue();
    assertThat(holds("(".repeat(100) + match + ")".repeat(100))).isTrue();
    assertThatThrownBy(() -> holds("(".repeat(10_000) + match + ")".repeat(10_000)))
        .hasMessageContaining("nested more than 100 levels");
    assertThatThrownBy(() -> holds("not ".repeat(10_000) + match))
        .hasMessageContaining("nested more than 100 levels");
    // Exponential for a parser that tries again what it has read.
    assertThatThrownBy(() -> holds("(".repeat(90) + "x"))
        .isInstanceOf(InvalidFilterException.class);
  }

  /** Takes years in a matcher that backtracks. */
  @Test
  void aRegularExpressionCannotHang() throws InvalidFilterException {
    Node node = new Node("", "a".repeat(4_096) + "!", "", "dc1", Map.of(), Map.of(), 1, 1);
    assertThat(Filter.compile("Node matches `^(a+)+(a*)*(a|a)*$`", CatalogShapes.NODE).test(node))
        .isFalse();
  }

  private static String matches(int expressions, String each) {
    return String.join(
        " or ", Collections.nCopies(expressions, "Node.Node matches `" + each + "`"));
  }

  @Test
  void theExpressionsOfAFilterAreBoundedTogether() throws InvalidFilterException {
    assertThat(holds(matches(32, "b"))).isTrue();
    overLimit(matches(33, "b"), "more than 32 regular expressions");
    String large = matches(1, "(x{98}){99}"); // 9,901 elements
    assertThat(holds(large + " or " + matches(1, "x{96}|b"))).isTrue();
    overLimit(large + " or " + matches(1, "x{96}|bc"), "more than 10000 elements");
  }

  private static void overLimit(String expression, String why) {
    assertThatThrownBy(() -> holds(expression))
        .isInstanceOfSatisfying(
            InvalidFilterException.class, e -> assertThat(e.isOverLimit()).isTrue())
        .hasMessageContaining(why);
  }
}
