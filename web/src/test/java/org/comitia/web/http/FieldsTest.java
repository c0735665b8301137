package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {
  private static Fields of(String json) {
    return Fields.of(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void namesMatchWhateverTheirCase() {
    Fields fields = of("{\"node\":\"a\",\"ADDRESS\":\"b\",\"Name\":\"exact\",\"name\":\"other\"}");
    assertThat(fields.text("Node")).isEqualTo("a");
    assertThat(fields.text("Address")).isEqualTo("b");
    assertThat(fields.text("Name")).isEqualTo("exact");
  }

  @Test
  void nullIsLikeAbsent() {
    Fields fields = of("{\"a\":null}");
    assertThat(fields.text("a")).isEmpty();
    assertThat(fields.number("a", 7)).isEqualTo(7);
    assertThat(fields.flag("a")).isFalse();
    assertThat(fields.texts("a")).isEmpty();
    assertThat(fields.textMap("a")).isEmpty();
    assertThat(fields.fields("a")).isNull();
    assertThat(fields.fieldsList("a")).isEmpty();
    assertThat(of("null").text("a")).isEmpty();
  }

  @Test
  void keysOfMapsKeepTheirCase() {
    assertThat(of("{\"M\":{\"a\":\"1\",\"A\":\"2\"}}").textMap("m"))
        .isEqualTo(Map.of("a", "1", "A", "2"));
  }

  @Test
  void aFieldOfAnotherTypeIsNamed() {
    assertThatThrownBy(
            () -> of("{\"Service\":{\"Port\":\"80\"}}").fields("Service").number("Port", 0))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessage("Request decode failed: field \"Service.Port\" must be an integer");
    assertThatThrownBy(() -> of("{\"Tags\":[1]}").texts("Tags"))
        .hasMessage("Request decode failed: field \"Tags\" must be a list of strings");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "\"x\"", "nonsense", "{\"a\" 1}"})
  void refusesABodyThatIsNoObject(String json) {
    assertThatThrownBy(() -> of(json))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessageStartingWith("Request decode failed: ");
  }
}
