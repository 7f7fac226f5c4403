package dev.lanewise.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.io.JsonReader.SyntaxException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  @Test
  void everyKindOfValueIsRead() throws SyntaxException {
    assertEquals(
        new Json.Members(
            Map.of(
                "a", new Json.Elements(List.of(new Json.Numeral("-0.5e+3"), new Json.Numeral("0"))),
                "b", new Json.Text("\"\\/\b\f\n\r\té"),
                "", new Json.Elements(List.of()),
                "c", new Json.Members(Map.of()),
                "d", new Json.Elements(List.of(Json.Word.TRUE, Json.Word.FALSE, Json.Word.NULL)))),
        JsonReader.read(
            " {\"a\" : [-0.5e+3, 0],\"b\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\",\"\":[ ],"
                + "\"c\":{},\"d\":[true,false,null]}\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "[1 2]",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "tru",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "1 1",
        "[1]]",
        "'a'",
        "{\"a\":1,\"a\":2}",
        "NaN",
        "\0",
        "[\0]",
        "\"\\"
      })
  void whatIsNoJsonIsRefused(String text) {
    assertThrows(SyntaxException.class, () -> JsonReader.read(text));
  }

  @Test
  void depthIsLimited() throws SyntaxException {
    JsonReader.read("[".repeat(32) + "]".repeat(32));
    String deep = "[".repeat(1_000_000);
    assertEquals(
        "values are nested deeper than 32",
        assertThrows(SyntaxException.class, () -> JsonReader.read(deep)).getMessage());
  }
}
