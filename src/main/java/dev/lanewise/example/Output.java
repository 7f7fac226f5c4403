package dev.lanewise.example;

import dev.lanewise.tensor.GradientCheck;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where an example prints and draws, and where it compares its values with the lecture's. */
public final class Output {
  private final PrintWriter writer;
  private final Path folder;
  private final boolean quick;
  private final Map<String, String> options;
  private final List<String> disagreements = new ArrayList<>();

  /**
   * @param writer takes the text
   * @param folder takes the pictures; made when the first one is drawn
   * @param quick whether long examples are to take reduced sizes
   */
  public Output(PrintWriter writer, Path folder, boolean quick) {
    this(writer, folder, quick, Map.of());
  }

  /**
   * @param options what was said for those of {@link Example#options}
   */
  public Output(PrintWriter writer, Path folder, boolean quick, Map<String, String> options) {
    this.writer = writer;
    this.folder = folder;
    this.quick = quick;
    this.options = Map.copyOf(options);
  }

  /** Whether a long example is to take reduced sizes. */
  public boolean quick() {
    return quick;
  }

  /** What was said for an option of the example; null when nothing was. */
  public @Nullable String option(String name) {
    return options.get(name);
  }

  /** Prints a line, formatted as by {@link String#format}. */
  public void say(String format, Object... values) {
    writer.println(String.format(Locale.ROOT, format, values));
    writer.flush();
  }

  /** Prints a matrix, or a vector as one row, under its name. */
  public void matrix(String name, Tensor matrix) {
    int columns = matrix.shape().dim(matrix.shape().rank() - 1);
    float[] values = matrix.toArray();
    for (int start = 0; start < values.length; start += columns) {
      StringBuilder line = new StringBuilder();
      for (int i = start; i < start + columns; i++) {
        line.append(String.format(Locale.ROOT, " %9s", number(values[i], 4)));
      }
      say("  %-12s%s", start == 0 ? name : "", line);
    }
  }

  /** Compares a number with the lecture's, and prints both. */
  public void check(String what, double expected, double found, double tolerance) {
    boolean agrees = Math.abs(found - expected) <= tolerance; // false for NaN
    say("  %-44s lecture %-10s here %-12s%s", what, number(expected), number(found), mark(agrees));
    if (!agrees) {
      disagreements.add(
          String.format(
              Locale.ROOT,
              "%s is %s, expected %s within %s.",
              what,
              number(found),
              number(expected),
              number(tolerance)));
    }
  }

  /**
   * Compares all elements of a tensor with values in its order, and prints the largest difference.
   */
  public void check(String what, Tensor expected, Tensor found, double tolerance) {
    if (!expected.shape().equals(found.shape())) {
      say("  %-44s shapes %s and %s DIFFER", what, expected.shape(), found.shape());
      disagreements.add(
          what + " has the shape " + found.shape() + ", expected " + expected.shape() + ".");
      return;
    }
    float[] a = expected.toArray();
    float[] b = found.toArray();
    int worst = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = Math.abs(a[i] - b[i]);
      if (!(difference <= Math.abs(a[worst] - b[worst]))) {
        worst = i;
      }
    }
    double difference = Math.abs(a[worst] - b[worst]);
    boolean agrees = difference <= tolerance;
    say("  %-44s largest difference %-12s%s", what, number(difference), mark(agrees));
    if (!agrees) {
      disagreements.add(
          String.format(
              Locale.ROOT,
              "%s differs: element %d is %s, expected %s within %s.",
              what,
              worst,
              number(b[worst]),
              number(a[worst]),
              number(tolerance)));
    }
  }

  /** Notes whether a statement holds. */
  public void check(String statement, boolean holds) {
    say("  %s: %s", statement, holds ? "yes" : "NO");
    if (!holds) {
      disagreements.add("It does not hold that " + statement + ".");
    }
  }

  /** Compares gradients of first and second order with centred differences. */
  void checkGradient(String what, GradientCheck.Case function, Tensor... inputs) {
    List<float[]> values = Arrays.stream(inputs).map(Tensor::toArray).toList();
    List<Shape> shapes = Arrays.stream(inputs).map(Tensor::shape).toList();
    boolean agrees = true;
    try {
      GradientCheck.standard().first(what, function, values, shapes);
      GradientCheck.standard().second(what, function, values, shapes);
    } catch (AssertionError difference) {
      say("  %s", String.valueOf(difference.getMessage()));
      agrees = false;
    }
    check(what + ": gradients agree with finite differences, twice", agrees);
  }

  private static String mark(boolean agrees) {
    return agrees ? "" : " DIFFERS";
  }

  private static String number(double value) {
    return number(value, 6);
  }

  /** Without the zeros at the end. */
  private static String number(double value, int digits) {
    String text = String.format(Locale.ROOT, "%." + digits + "g", value);
    return text.contains(".") && !text.contains("e") ? text.replaceAll("\\.?0+$", "") : text;
  }

  /**
   * Where to write a picture; says so.
   *
   * @param name with its ending
   * @throws IOException when the folder cannot be made
   */
  public Path picture(String name) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name);
    say("  picture: %s", file);
    return file;
  }

  /**
   * A file or folder of the user's data, which the property {@code lanewise.data} or the variable
   * {@code LANEWISE_DATA} names.
   *
   * @throws MissingDataException when it is not there
   */
  public static Path data(String name) {
    return in("data", name);
  }

  /**
   * A file of the reference vectors, whose folder the property {@code lanewise.reference} or the
   * variable {@code LANEWISE_REFERENCE} names.
   *
   * @throws MissingDataException when it is not there
   */
  static Path reference(String name) {
    return in("reference", name);
  }

  private static Path in(String what, String name) {
    String variable = "LANEWISE_" + what.toUpperCase(Locale.ROOT);
    String folder = System.getProperty("lanewise." + what, System.getenv(variable));
    if (folder == null || folder.isEmpty()) {
      throw new MissingDataException(
          "It needs " + name + " in a folder that " + variable + " names; it is not set.");
    }
    Path file = Path.of(folder, name);
    if (!Files.exists(file)) {
      throw new MissingDataException("It needs " + file + ", which is not there.");
    }
    return file;
  }

  /**
   * The text that was named by the option {@code text}; else the folder {@code text} in the user's
   * data, or {@code lectures} beside them.
   *
   * @throws MissingDataException when there is none
   */
  Path text() {
    String named = option("text");
    if (named == null) {
      for (String folder : List.of("text", "../lectures")) {
        try {
          return data(folder);
        } catch (MissingDataException _) {
          continue;
        }
      }
      throw new MissingDataException(
          "It needs a text: say --text, or put a folder text into the one LANEWISE_DATA names.");
    }
    if (!Files.exists(Path.of(named))) {
      throw new MissingDataException("It needs the text " + named + ", which is not there.");
    }
    return Path.of(named);
  }

  /** What did not agree, a sentence each. */
  public List<String> disagreements() {
    return List.copyOf(disagreements);
  }
}
