package dev.lanewise.conformance;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The small language in which test vectors state what was computed, a subset of Python's:
 * assignments separated by {@code ;}, {@code + - * / @ ^ **}, functions and methods with their
 * keywords, {@code x[1:4, ::2, -3:]}, {@code x[..., None]}, {@code x.T}. The value is that of the
 * last assignment or expression.
 */
final class Expression {
  private static final Pattern ASSIGNMENT = Pattern.compile("\\s*(\\w+)\\s*=(?!=)");
  private static final Pattern INTEGERS =
      Pattern.compile("-?\\d+(?=\\s*[,)])|[\\[(]\\s*(-?\\d+\\s*,?\\s*)*[\\])](?=\\s*[,)])");
  private static final Set<String> MODULES = Set.of("torch", "F", "np", "math");

  private final String text;
  private final Map<String, Tensor> variables;
  private int at;

  private Expression(String text, Map<String, Tensor> variables) {
    this.text = text;
    this.variables = new HashMap<>(variables);
  }

  /**
   * Evaluates an expression.
   *
   * @throws UnsupportedCaseException when it uses something unknown
   */
  static Tensor evaluate(String text, Map<String, Tensor> variables) {
    Expression expression = new Expression(text, variables);
    Tensor value = null;
    for (String statement : text.split(";")) {
      Expression part = new Expression(statement, expression.variables);
      Matcher assignment = ASSIGNMENT.matcher(statement);
      boolean named = assignment.lookingAt();
      String name = named ? assignment.group(1) : "";
      part.at = named ? assignment.end() : 0;
      value = part.sum();
      part.skipBlanks();
      if (part.at != statement.length()) {
        throw part.unknown();
      }
      expression.variables.put(name, value);
    }
    if (value == null) {
      throw new UnsupportedCaseException("empty expression");
    }
    return value;
  }

  private UnsupportedCaseException unknown() {
    return new UnsupportedCaseException("expression " + text.strip() + " at " + text.substring(at));
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private char peek() {
    skipBlanks();
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean take(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (!take(c)) {
      throw unknown();
    }
  }

  private Tensor sum() {
    Tensor value = product();
    while (true) {
      if (take('+')) {
        value = value.add(product());
      } else if (take('-')) {
        value = value.sub(product());
      } else {
        return value;
      }
    }
  }

  private Tensor product() {
    Tensor value = signed();
    while (true) {
      if (take('*')) {
        value = value.mul(signed());
      } else if (take('@')) {
        value = value.matmul(signed());
      } else if (take('/')) {
        value = value.div(signed());
      } else {
        return value;
      }
    }
  }

  private Tensor signed() {
    return take('-') ? signed().neg() : power();
  }

  private Tensor power() {
    Tensor base = postfix();
    skipBlanks();
    if (text.startsWith("**", at)) {
      at += 2;
      return base.pow(signed());
    }
    return take('^') ? base.pow(signed()) : base;
  }

  private Tensor postfix() {
    Tensor value = primary();
    while (true) {
      if (take('[')) {
        value = index(value);
      } else if (take('.')) {
        value = member(value, name());
      } else {
        return value;
      }
    }
  }

  /** What stands behind a point: T, or a method. */
  private Tensor member(Tensor x, String name) {
    if (name.equals("T")) {
      int rank = x.shape().rank();
      return x.permute(IntStream.range(0, rank).map(i -> rank - 1 - i).toArray());
    }
    expect('(');
    return new Call(name, x, arguments()).result();
  }

  /** Up to the closing parenthesis. */
  private Call.Arguments arguments() {
    Call.Arguments found = new Call.Arguments();
    while (!take(')')) {
      Matcher keyword = ASSIGNMENT.matcher(text).region(at, text.length());
      boolean named = keyword.lookingAt();
      at = named ? keyword.end() : at;
      skipBlanks();
      boolean truth = text.startsWith("True", at);
      if (truth || text.startsWith("False", at)) {
        at += truth ? 4 : 5;
        found.keywords.put(named ? keyword.group(1) : "keepdim", new int[] {truth ? 1 : 0});
      } else if (INTEGERS.matcher(text).region(at, text.length()).lookingAt()) {
        int[] list = list();
        if (named) {
          found.keywords.put(keyword.group(1), list);
        } else {
          found.integers.add(list);
        }
      } else {
        found.tensors.add(sum());
      }
      if (!take(',') && peek() != ')') {
        throw unknown();
      }
    }
    return found;
  }

  private Tensor primary() {
    char c = peek();
    if (take('(')) {
      Tensor value = sum();
      expect(')');
      return value;
    }
    if (Character.isDigit(c)) {
      int start = at;
      while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        at++;
      }
      return Tensor.scalar(Float.parseFloat(text.substring(start, at)));
    }
    String name = name();
    if (MODULES.contains(name) && take('.')) {
      name = name();
    }
    if (!take('(')) {
      Tensor value = variables.get(name);
      if (value == null) {
        throw unknown();
      }
      return value;
    }
    Tensor x = sum();
    if (peek() != ')') {
      expect(',');
    }
    return new Call(name, x, arguments()).result();
  }

  private String name() {
    skipBlanks();
    int start = at;
    while (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw unknown();
    }
    return text.substring(start, at);
  }

  private int integer() {
    boolean negative = take('-');
    skipBlanks();
    int start = at;
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    if (start == at) {
      throw unknown();
    }
    int value = Integer.parseInt(text.substring(start, at));
    return negative ? -value : value;
  }

  private int[] list() {
    List<Integer> values = new ArrayList<>();
    boolean tuple = take('(');
    if (!tuple && !take('[')) {
      return new int[] {integer()};
    }
    while (!take(tuple ? ')' : ']')) {
      values.add(integer());
      take(',');
    }
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  /** How many dimensions the rest of an index takes. */
  private int dimensionsBehind() {
    String rest = text.substring(at, text.indexOf(']', at));
    return (int)
        Stream.of(rest.split(","))
            .map(String::strip)
            .filter(part -> !part.isEmpty() && !part.equals("None"))
            .count();
  }

  private Tensor index(Tensor x) {
    Tensor value = x;
    int dim = 0;
    do {
      skipBlanks();
      if (text.startsWith("None", at)) {
        at += 4;
        value = value.unsqueeze(dim++);
        continue;
      }
      if (text.startsWith("...", at)) {
        at += 3;
        dim = value.shape().rank() - dimensionsBehind();
        continue;
      }
      char c = peek();
      Integer start = c == ':' ? null : Integer.valueOf(integer());
      if (!take(':')) {
        value = value.select(dim, start == null ? 0 : start);
        continue;
      }
      c = peek();
      int end = c == ':' || c == ',' || c == ']' ? Integer.MAX_VALUE : integer();
      int step = take(':') ? integer() : 1;
      value = value.slice(dim++, start == null ? 0 : start, end, step);
    } while (take(',') && peek() != ']');
    expect(']');
    return value;
  }
}
