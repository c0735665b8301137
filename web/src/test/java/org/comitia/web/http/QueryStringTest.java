package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryStringTest {
  @Test
  void readsNamesWithAndWithoutValues() {
    QueryString query = QueryString.parse("recurse&index=5&&empty=&a=b=c&=x");
    assertThat(query.has("recurse")).isTrue();
    assertThat(query.get("recurse")).isEmpty();
    assertThat(query.get("index")).isEqualTo("5");
    assertThat(query.has("empty")).isTrue();
    assertThat(query.get("a")).isEqualTo("b=c");
    assertThat(query.get("")).isEqualTo("x");
    assertThat(query.has("Recurse")).isFalse();
  }

  @Test
  void theFirstValueCountsAndAllAreKept() {
    QueryString query = QueryString.parse("tag=a&x=1&tag=b");
    assertThat(query.get("tag")).isEqualTo("a");
    assertThat(query.all("tag")).containsExactly("a", "b");
    assertThat(query.all("none")).isEmpty();
  }

  @Test
  void unescapes() {
    QueryString query = QueryString.parse("a=x+y%20%2B&%6b=%C3%A4&s=%FF");
    assertThat(query.get("a")).isEqualTo("x y +");
    assertThat(query.get("k")).isEqualTo("\u00e4");
    assertThat(query.octets("s")).isEqualTo("\u00ff");
    assertThat(query.get("s")).isEqualTo("\ufffd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%4", "a=%zz", "%=1", "a;b", "a=1;b=2", "x=1&a=%4"})
  void refusesWhatGoRefuses(String raw) {
    assertThat(QueryString.parse(raw)).isNull();
  }

  @Test
  void anEscapeDoesNotReachIntoTheNextParameter() {
    assertThat(QueryString.parse("a=%4&1=2")).isNull();
    assertThat(QueryString.parse("a=%41&1=2").get("a")).isEqualTo("A");
    assertThat(QueryString.parse("a=%41").get("a")).isEqualTo("A");
  }

  @Test
  void boundsTheNumberOfParameters() {
    assertThat(QueryString.parse("a&".repeat(1_000))).isNotNull();
    assertThat(QueryString.parse("a&".repeat(1_001))).isNull();
  }

  @Test
  void nothingIsEmpty() {
    assertThat(QueryString.parse(null)).isSameAs(QueryString.EMPTY);
    assertThat(QueryString.parse("")).isSameAs(QueryString.EMPTY);
  }

  @Test
  void encodesSortedByName() {
    assertThat(QueryString.parse("cas=0&acquire=a b%26*~").encode())
        .isEqualTo("acquire=a+b%26%2A~&cas=0");
  }
}
