package dev.lanewise.bench;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One pass of a convolution without bias: images (n, c, h, w), weights (k, c/groups, r, r).
 *
 * @param padding zeros on each border
 * @param groups of channels that do not see each other; as many as channels: depthwise
 */
record Convolution(
    int n, int c, int h, int w, int k, int r, int stride, int padding, int groups, Pass pass)
    implements Case {
  static final String FAMILY = "conv";
  private static final Pattern FORM =
      Pattern.compile("(\\d+)x(\\d+)x(\\d+)x(\\d+):(\\d+):(\\d+):(\\d+):(\\d+)(?::(\\d+))?/(.+)");

  static Convolution parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          ("'%s' is no pass of a convolution; write conv/NxCxHxW:K:R:STRIDE:PADDING[:GROUPS]/PASS,"
                  + " for example conv/64x64x32x32:64:3:1:1/backward-data.")
              .formatted(text));
    }
    int[] numbers = new int[9];
    for (int i = 0; i < numbers.length; i++) {
      String number = form.group(i + 1);
      numbers[i] = number == null ? 1 : Integer.parseInt(number);
    }
    int groups = numbers[8];
    if (groups < 1 || numbers[1] % groups != 0 || numbers[4] % groups != 0) {
      throw new IllegalArgumentException(
          "'%s' has %d groups, which must divide its %d input and %d output channels."
              .formatted(text, groups, numbers[1], numbers[4]));
    }
    Pass pass = Pass.parse(form.group(10));
    if (pass == Pass.BACKWARD) {
      throw new IllegalArgumentException(
          "A convolution has the passes forward, backward-data and backward-weights.");
    }
    return new Convolution(
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
        numbers[6],
        numbers[7],
        groups,
        pass);
  }

  int[] inputShape() {
    return new int[] {n, c, h, w};
  }

  int[] weightShape() {
    return new int[] {k, c / groups, r, r};
  }

  int[] outputShape() {
    return new int[] {n, k, pixels(h), pixels(w)};
  }

  private int pixels(int extent) {
    return (extent + 2 * padding - r) / stride + 1;
  }

  float[] input() {
    return Numbers.uniform(1, Numbers.size(inputShape()));
  }

  float[] weight() {
    return Numbers.uniform(2, Numbers.size(weightShape()));
  }

  float[] outputGradient() {
    return Numbers.uniform(3, Numbers.size(outputShape()));
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH, Side.ONEDNN);
  }

  @Override
  public Unit unit() {
    return Unit.GFLOPS;
  }

  @Override
  public double work() {
    return 2.0 * Numbers.size(outputShape()) * c / groups * r * r;
  }

  @Override
  public String toString() {
    return "%s/%dx%dx%dx%d:%d:%d:%d:%d%s/%s"
        .formatted(
            FAMILY, n, c, h, w, k, r, stride, padding, groups == 1 ? "" : ":" + groups, pass);
  }
}
