package dev.lanewise.bench;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One operation of the catalogue on its own, on tensors of {@code rows} x 1024 elements, or images
 * of as many (rows / 64, 64, 32, 32): how fast it goes through memory. No peer does it.
 *
 * @param both whether the gradient of its inputs is computed after it, through the tape
 */
record OpRow(String op, int rows, boolean both) implements Case {
  static final String FAMILY = "op";

  /** 16 MB a tensor: more than caches hold. */
  static final int ROWS = 4096;

  static final int COLUMNS = 1024;
  private static final Pattern FORM = Pattern.compile("(\\w+)/([1-9]\\d{0,5})/(forward|both)");

  static OpRow parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || Integer.parseInt(form.group(2)) % 64 != 0) {
      throw new IllegalArgumentException(
          "'%s' is no operation on rows; write %s/exp/%d/forward, or both for forward and backward; rows come in multiples of 64."
              .formatted(text, FAMILY, ROWS));
    }
    OpRow row =
        new OpRow(form.group(1), Integer.parseInt(form.group(2)), form.group(3).equals("both"));
    OpTable.sample(row.op);
    return row;
  }

  /** The operation with its inputs. */
  OpTable.Sample sample() {
    return OpTable.sample(op);
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE);
  }

  @Override
  public Unit unit() {
    return Unit.GIGABYTES;
  }

  /** Inputs and result once forward, and as much backward: their gradients. */
  @Override
  public double work() {
    double tensors = sample().tensors();
    return 4 * tensors * rows * COLUMNS * (both ? 2 : 1);
  }

  @Override
  public String toString() {
    return "%s/%s/%d/%s".formatted(FAMILY, op, rows, both ? "both" : "forward");
  }
}
