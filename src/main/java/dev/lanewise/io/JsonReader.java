package dev.lanewise.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON text, strictly by RFC 8259; a repeated name in an object is an error. The depth is
 * limited, so hostile texts end in an exception and not in a full stack.
 */
final class JsonReader {
  private static final int MAXIMUM_DEPTH = 32;

  private final String text;
  private int at;

  private JsonReader(String text) {
    this.text = text;
  }

  /** What is wrong with a text, and where. */
  static final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1;

    SyntaxException(String message) {
      super(message);
    }
  }

  /**
   * Reads a whole text; blanks may stand around the value.
   *
   * @throws SyntaxException when it is not JSON
   */
  static Json read(String text) throws SyntaxException {
    JsonReader reader = new JsonReader(text);
    Json value = reader.value(0);
    reader.skipBlanks();
    if (reader.at < text.length()) {
      throw reader.expected("the end");
    }
    return value;
  }

  private Json value(int depth) throws SyntaxException {
    if (depth > MAXIMUM_DEPTH) {
      throw new SyntaxException("values are nested deeper than " + MAXIMUM_DEPTH);
    }
    skipBlanks();
    char c = peek();
    return switch (c) {
      case '{' -> members(depth);
      case '[' -> elements(depth);
      case '"' -> new Json.Text(string());
      case 't' -> word("true", Json.Word.TRUE);
      case 'f' -> word("false", Json.Word.FALSE);
      case 'n' -> word("null", Json.Word.NULL);
      default -> numeral();
    };
  }

  private Json members(int depth) throws SyntaxException {
    Map<String, Json> values = new LinkedHashMap<>();
    at++;
    if (found('}')) {
      return new Json.Members(values);
    }
    do {
      skipBlanks();
      String name = string();
      require(':');
      if (values.put(name, value(depth + 1)) != null) {
        throw new SyntaxException("the name '" + name + "' is repeated");
      }
    } while (found(','));
    require('}');
    return new Json.Members(values);
  }

  private Json elements(int depth) throws SyntaxException {
    List<Json> values = new ArrayList<>();
    at++;
    if (found(']')) {
      return new Json.Elements(values);
    }
    do {
      values.add(value(depth + 1));
    } while (found(','));
    require(']');
    return new Json.Elements(values);
  }

  private Json word(String word, Json.Word value) throws SyntaxException {
    if (!text.startsWith(word, at)) {
      throw expected("'" + word + "'");
    }
    at += word.length();
    return value;
  }

  private Json numeral() throws SyntaxException {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (peek() == '.') {
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      digits();
    }
    return new Json.Numeral(text.substring(start, at));
  }

  private void digits() throws SyntaxException {
    if (peek() < '0' || peek() > '9') {
      throw expected("a value");
    }
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
  }

  private String string() throws SyntaxException {
    if (peek() != '"') {
      throw expected("a string");
    }
    at++;
    StringBuilder value = new StringBuilder();
    while (true) {
      if (at >= text.length()) {
        throw expected("the end of a string");
      }
      char c = text.charAt(at++);
      if (c == '"') {
        return value.toString();
      }
      if (c < ' ') {
        at--;
        throw expected("no control character in a string");
      }
      value.append(c == '\\' ? escaped() : c);
    }
  }

  private char escaped() throws SyntaxException {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          char digit = peek();
          int number = digit < 128 ? Character.digit(digit, 16) : -1;
          if (number < 0) {
            throw expected("four hexadecimal digits");
          }
          code = code * 16 + number;
          at++;
        }
        yield (char) code;
      }
      default -> {
        at--;
        throw expected("an escape");
      }
    };
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /** The next character; NUL, which is never valid, at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean found(char c) {
    skipBlanks();
    if (peek() != c || at >= text.length()) {
      return false;
    }
    at++;
    return true;
  }

  private void require(char c) throws SyntaxException {
    if (!found(c)) {
      throw expected("'" + c + "'");
    }
  }

  private SyntaxException expected(String what) {
    String found = at >= text.length() ? "the end" : "U+%04X".formatted((int) text.charAt(at));
    return new SyntaxException("character %d is %s, expected %s".formatted(at, found, what));
  }
}
