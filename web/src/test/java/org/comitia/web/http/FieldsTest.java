package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {
  private static final BodyType OPEN = BodyType.map(BodyType.ANY);

  private static Fields of(String json) {
    return Fields.of(json.getBytes(StandardCharsets.UTF_8), OPEN);
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

  @Test
  void readsUnsignedNumbersOf64Bits() {
    Fields fields = of("{\"a\":18446744073709551615,\"b\":7,\"c\":-1,\"d\":18446744073709551616}");
    assertThat(fields.unsigned("a")).isEqualTo(-1L);
    assertThat(fields.unsigned("b")).isEqualTo(7);
    assertThat(fields.unsigned("absent")).isZero();
    assertThatThrownBy(() -> fields.unsigned("c"))
        .hasMessage("Request decode failed: field \"c\" must be an unsigned integer");
    assertThatThrownBy(() -> fields.unsigned("d")).isInstanceOf(Refusal.class);
  }

  @Test
  void readsBase64AsGoDoes() {
    assertThat(of("{\"a\":\"aG\\r\\nk=\"}").octets("a")).isEqualTo(new byte[] {'h', 'i'});
    assertThat(of("{}").octets("a")).isEmpty();
    assertThatThrownBy(() -> of("{\"a\":\"aG.=\"}").octets("a"))
        .hasMessage("Request decode failed: illegal base64 data at input byte 2");
  }

  @Test
  void readsAListWithAnotherText() {
    assertThat(
            Fields.listOf(
                "[{\"a\":\"b\"},null]".getBytes(StandardCharsets.UTF_8),
                OPEN,
                "Bad: ",
                count -> {}))
        .extracting(fields -> fields.text("A"))
        .containsExactly("b", "");
    assertThat(Fields.listOf("null".getBytes(StandardCharsets.UTF_8), OPEN, "Bad: ", count -> {}))
        .isEmpty();
    assertThatThrownBy(
            () -> Fields.listOf("{}".getBytes(StandardCharsets.UTF_8), OPEN, "Bad: ", count -> {}))
        .hasMessage("Bad: json: cannot unmarshal object into Go value of type api.TxnOps");
    assertThatThrownBy(
            () ->
                Fields.listOf(
                        "[{\"a\":1}]".getBytes(StandardCharsets.UTF_8), OPEN, "Bad: ", count -> {})
                    .get(0)
                    .text("a"))
        .hasMessage("Bad: field \"a\" must be a string");
  }
}
