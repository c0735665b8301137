package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  private static String json(boolean pretty, Json.Body body) {
    return new String(Json.bytes(pretty, body), StandardCharsets.UTF_8);
  }

  private static final Json.Body SAMPLE =
      out -> {
        out.writeStartObject();
        Json.text(out, "A", null);
        Json.texts(out, "None", null);
        Json.texts(out, "Two", List.of("x", "y"));
        Json.textMap(out, "Nil", null);
        Json.textMap(out, "Empty", Map.of());
        Json.textMap(out, "Map", Map.of("b", "2", "a", "1"));
        Json.unsigned(out, "Flags", -1);
        out.writeEndObject();
      };

  @Test
  void minimized() {
    assertThat(json(false, SAMPLE))
        .isEqualTo(
            "{\"A\":\"\",\"None\":[],\"Two\":[\"x\",\"y\"],\"Nil\":null,\"Empty\":{},"
                + "\"Map\":{\"a\":\"1\",\"b\":\"2\"},\"Flags\":18446744073709551615}");
  }

  @Test
  void indentedAsGoDoes() {
    assertThat(json(true, SAMPLE))
        .isEqualTo(
            """
            {
                "A": "",
                "None": [],
                "Two": [
                    "x",
                    "y"
                ],
                "Nil": null,
                "Empty": {},
                "Map": {
                    "a": "1",
                    "b": "2"
                },
                "Flags": 18446744073709551615
            }
            """);
  }

  @Test
  void escapesWhatCouldEndAScript() {
    assertThat(json(false, out -> out.writeString("</a&>\u2028\u00e4\n\"")))
        .isEqualToIgnoringCase("\"\\u003c/a\\u0026\\u003e\\u2028\u00e4\\n\\\"\"");
  }

  @Test
  void aLoneSurrogateReadsAsTheReplacementCharacter() throws IOException {
    assertThat(Json.wellFormed("a\udcffb\ud83d\ude00")).isEqualTo("a\ufffdb\ud83d\ude00");
    assertThat(Json.parse("\"\\ud800x\"".getBytes(StandardCharsets.UTF_8))).isEqualTo("\ufffdx");
  }

  @Test
  void parsesTheFirstValueOnly() throws IOException {
    byte[] body = "{\"a\":[1,null,true,{\"b\":\"c\"}]} trailing".getBytes(StandardCharsets.UTF_8);
    assertThat(Json.parse(body))
        .isEqualTo(Map.of("a", java.util.Arrays.asList(1, null, true, Map.of("b", "c"))));
  }

  @Test
  void refusesWhatIsNoJson() {
    assertThatThrownBy(() -> Json.parse(new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessage("EOF");
    assertThatThrownBy(() -> Json.parse("{\"a\":".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000).getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }
}
