package dev.lanewise.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number by an expression of one variable, a subset of Python's: {@code + - * / // % ** ^},
 * comparisons, functions, {@code a if c else b}. What is no function and no constant is the
 * variable. In double precision, unlike {@link Expression}.
 */
final class Arithmetic {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(\\d+\\.?\\d*(?:[eE][-+]?\\d+)?|\\.\\d+|[A-Za-z_][\\w.]*|\\*\\*|//|<=|>=|==|!=|.)\\s*");

  private final String text;
  private final List<String> tokens = new ArrayList<>();
  private final double variable;
  private int at;

  private Arithmetic(String text, double variable) {
    this.text = text;
    this.variable = variable;
    Matcher token = TOKEN.matcher(text.strip());
    while (token.find()) {
      tokens.add(token.group(1));
    }
  }

  /**
   * Evaluates an expression, which may stand behind {@code lambda k:}.
   *
   * @throws UnsupportedCaseException when it uses something unknown
   */
  static double evaluate(String text, double variable) {
    Arithmetic expression =
        new Arithmetic(text.replaceFirst("^\\s*lambda\\s+\\w+\\s*:", ""), variable);
    double value = expression.choice();
    if (expression.at != expression.tokens.size()) {
      throw expression.unknown();
    }
    return value;
  }

  private UnsupportedCaseException unknown() {
    return new UnsupportedCaseException("expression " + text);
  }

  private boolean take(String token) {
    if (at < tokens.size() && tokens.get(at).equals(token)) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(String token) {
    if (!take(token)) {
      throw unknown();
    }
  }

  private double choice() {
    double value = comparison();
    if (!take("if")) {
      return value;
    }
    double condition = comparison();
    expect("else");
    double otherwise = choice();
    return condition != 0 ? value : otherwise;
  }

  private double comparison() {
    double left = sum();
    boolean holds;
    if (take("<")) {
      holds = left < sum();
    } else if (take("<=")) {
      holds = left <= sum();
    } else if (take(">")) {
      holds = left > sum();
    } else if (take(">=")) {
      holds = left >= sum();
    } else if (take("==")) {
      holds = left == sum();
    } else if (take("!=")) {
      holds = left != sum();
    } else {
      return left;
    }
    return holds ? 1 : 0;
  }

  private double sum() {
    double value = product();
    while (true) {
      if (take("+")) {
        value += product();
      } else if (take("-")) {
        value -= product();
      } else {
        return value;
      }
    }
  }

  private double product() {
    double value = signed();
    while (true) {
      if (take("*")) {
        value *= signed();
      } else if (take("/")) {
        value /= signed();
      } else if (take("//")) {
        value = Math.floor(value / signed());
      } else if (take("%")) {
        double divisor = signed();
        value -= Math.floor(value / divisor) * divisor;
      } else {
        return value;
      }
    }
  }

  private double signed() {
    return take("-") ? -signed() : power();
  }

  private double power() {
    double base = primary();
    return take("**") || take("^") ? StrictMath.pow(base, signed()) : base;
  }

  private double primary() {
    if (take("(")) {
      double value = choice();
      expect(")");
      return value;
    }
    if (at == tokens.size()) {
      throw unknown();
    }
    String token = tokens.get(at++);
    char first = token.charAt(0);
    if (Character.isDigit(first) || (first == '.' && token.length() > 1)) {
      return Double.parseDouble(token);
    }
    if (!Character.isJavaIdentifierStart(first)) {
      throw unknown();
    }
    String name = token.substring(token.lastIndexOf('.') + 1);
    if (!take("(")) {
      return name.equals("pi") ? Math.PI : variable;
    }
    List<Double> arguments = new ArrayList<>();
    do {
      arguments.add(choice());
    } while (take(","));
    expect(")");
    return call(name, arguments);
  }

  private double call(String name, List<Double> arguments) {
    double x = arguments.getFirst();
    double last = arguments.getLast();
    return switch (name) {
      case "sqrt" -> Math.sqrt(x);
      case "exp" -> StrictMath.exp(x);
      case "log" -> StrictMath.log(x);
      case "cos" -> StrictMath.cos(x);
      case "sin" -> StrictMath.sin(x);
      case "abs" -> Math.abs(x);
      case "floor", "int" -> Math.floor(x);
      case "pow" -> StrictMath.pow(x, last);
      case "min" -> Math.min(x, last);
      case "max" -> Math.max(x, last);
      default -> throw new UnsupportedCaseException("function " + name);
    };
  }
}
