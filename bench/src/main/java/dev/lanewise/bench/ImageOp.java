package dev.lanewise.bench;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One pass of an operation on images (n, c, h, w) that is bound by memory. */
record ImageOp(Kind kind, int n, int c, int h, int w, Pass pass) implements Case {
  private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+)x(\\d+)x(\\d+)/(.+)");

  /** The operation, with the tensors of the size of its input that each pass reads and writes. */
  enum Kind {
    /** Windows of 2x2 that do not overlap; forward remembers where the largest stood. */
    MAX_POOL_2("max-pool-2x2", 1.25, 1.25),
    /** Windows of 3x3 at every second pixel. */
    MAX_POOL_3("max-pool-3x3", 1.25, 1.25),
    /** As in training: statistics of the batch; backward gives the gradient of all inputs. */
    BATCH_NORM("batch-norm", 2, 3),
    RELU("relu", 2, 3),
    ADD("add", 3, 0);

    final String text;
    private final double forwardTensors;
    private final double backwardTensors;

    Kind(String text, double forwardTensors, double backwardTensors) {
      this.text = text;
      this.forwardTensors = forwardTensors;
      this.backwardTensors = backwardTensors;
    }

    /** Width of a pooling window; 0 for other operations. */
    int window() {
      return this == MAX_POOL_2 ? 2 : this == MAX_POOL_3 ? 3 : 0;
    }
  }

  static ImageOp parse(String family, String text) {
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(candidate -> candidate.text.equals(family))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "There is no benchmark '%s'; there are: %s."
                        .formatted(family, String.join(", ", Suite.families()))));
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no pass of %s; write %s/NxCxHxW/forward or .../backward."
              .formatted(text, family, family));
    }
    Pass pass = Pass.parse(form.group(5));
    if (pass != Pass.FORWARD && (pass != Pass.BACKWARD || kind == Kind.ADD)) {
      throw new IllegalArgumentException(
          "%s has the %s, not %s."
              .formatted(
                  family, kind == Kind.ADD ? "pass forward" : "passes forward, backward", pass));
    }
    return new ImageOp(
        kind,
        Integer.parseInt(form.group(1)),
        Integer.parseInt(form.group(2)),
        Integer.parseInt(form.group(3)),
        Integer.parseInt(form.group(4)),
        pass);
  }

  int[] inputShape() {
    return new int[] {n, c, h, w};
  }

  int[] outputShape() {
    int window = kind.window();
    return window == 0
        ? inputShape()
        : new int[] {n, c, (h - window) / 2 + 1, (w - window) / 2 + 1};
  }

  float[] input() {
    return Numbers.uniform(1, Numbers.size(inputShape()));
  }

  /** The second summand. */
  float[] other() {
    return Numbers.uniform(2, Numbers.size(inputShape()));
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
    return Unit.GIGABYTES;
  }

  @Override
  public double work() {
    double tensors = pass == Pass.FORWARD ? kind.forwardTensors : kind.backwardTensors;
    return 4 * tensors * Numbers.size(inputShape());
  }

  @Override
  public String toString() {
    return "%s/%dx%dx%dx%d/%s".formatted(kind.text, n, c, h, w, pass);
  }
}
