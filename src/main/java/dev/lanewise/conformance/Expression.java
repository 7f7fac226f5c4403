package dev.lanewise.conformance;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The small language in which test vectors state what was computed, a subset of Python's:
 * assignments separated by {@code ;}, {@code + - * / @ ^ **}, functions, methods, {@code x[1:4,
 * ::2, -3:]}, {@code x[..., None]}, {@code x.T}. The value is that of the last assignment or
 * expression.
 */
final class Expression {
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
      int equals = statement.indexOf('=');
      String name = equals < 0 ? "" : statement.substring(0, equals).strip();
      part.at = equals + 1;
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

  /** What stands behind a point: T, or a method with its integers. */
  private Tensor member(Tensor x, String name) {
    if (name.equals("T")) {
      int rank = x.shape().rank();
      return x.permute(IntStream.range(0, rank).map(i -> rank - 1 - i).toArray());
    }
    expect('(');
    List<int[]> lists = new ArrayList<>();
    while (peek() != ')') {
      lists.add(list());
      take(',');
    }
    expect(')');
    return call(name, x, lists);
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
    if (!take('(')) {
      Tensor value = variables.get(name);
      if (value == null) {
        throw unknown();
      }
      return value;
    }
    Tensor x = sum();
    List<int[]> lists = new ArrayList<>();
    while (take(',')) {
      lists.add(list());
    }
    expect(')');
    return call(name, x, lists);
  }

  private Tensor call(String name, Tensor x, List<int[]> lists) {
    return switch (name) {
      case "sin" -> x.sin();
      case "cos" -> x.cos();
      case "exp" -> x.exp();
      case "log" -> x.log();
      case "sqrt" -> x.sqrt();
      case "tanh" -> x.tanh();
      case "sigmoid" -> x.sigmoid();
      case "relu" -> x.relu();
      case "softplus" -> x.softplus();
      case "atan" -> x.atan();
      case "erf" -> x.erf();
      case "abs" -> x.abs();
      case "log1p" -> x.log1p();
      case "silu" -> x.silu();
      case "gelu" -> x.gelu();
      case "permute" -> x.permute(joined(lists));
      case "reshape", "view" -> x.reshape(joined(lists));
      case "expand" -> x.expand(joined(lists));
      case "flatten" ->
          x.flatten(
              lists.isEmpty() ? 0 : lists.getFirst()[0], lists.size() < 2 ? -1 : lists.get(1)[0]);
      case "unsqueeze" -> x.unsqueeze(lists.getFirst()[0]);
      case "squeeze" -> lists.isEmpty() ? x.squeeze() : x.squeeze(lists.getFirst()[0]);
      case "flip" -> x.flip(joined(lists));
      case "sum" -> x.sum(joined(lists));
      case "mean" -> x.mean(joined(lists));
      case "t" -> x.t();
      case "contiguous", "clone" -> x;
      case "transpose" -> x.transpose(lists.get(0)[0], lists.get(1)[0]);
      default -> throw new UnsupportedCaseException("function " + name);
    };
  }

  /** Integers one by one, or in brackets. */
  private static int[] joined(List<int[]> lists) {
    return lists.stream().flatMapToInt(IntStream::of).toArray();
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
