package dev.lanewise.bench;

import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Softmax and mean cross-entropy of (n, c) logits.
 *
 * @param backward whether the gradient of the logits is computed after it, through the tape
 */
record Loss(int n, int c, boolean backward) implements Case {
  static final String FAMILY = "cross-entropy";
  private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+)/(forward|both)");

  static Loss parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no loss; write %s/NxC/forward, or both for forward and backward."
              .formatted(text, FAMILY));
    }
    return new Loss(
        Integer.parseInt(form.group(1)),
        Integer.parseInt(form.group(2)),
        form.group(3).equals("both"));
  }

  float[] logits() {
    return Numbers.uniform(1, n * c);
  }

  long[] labels() {
    return new SplittableRandom(2).longs(n, 0, c).toArray();
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH);
  }

  @Override
  public Unit unit() {
    return Unit.MICROSECONDS;
  }

  @Override
  public double work() {
    return 1;
  }

  @Override
  public String toString() {
    return "%s/%dx%d/%s".formatted(FAMILY, n, c, backward ? "both" : "forward");
  }
}
