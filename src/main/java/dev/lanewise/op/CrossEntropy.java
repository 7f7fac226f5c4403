package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.norm.SoftmaxKernel;
import dev.lanewise.kernel.reduce.Reduction;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Softmax and negative log-likelihood in one: for each row of logits x [N, C] with label t, class
 * weights w (1 where none are given) and smoothing ε,
 *
 * <pre>
 * y_n = -Σ_c q_c ln softmax(x_n)_c,   q_c = (1-ε) w_t [c = t] + ε/C w_c
 * </pre>
 *
 * and 0 where t is {@code ignoreIndex}. dx = (softmax(x) Σq - q) dy. Or the mean of these over all
 * rows, each of which then has the slope dy / N: a training step wants just that, and as an
 * operation of its own the mean takes longer, forward and backward, than the cross entropy of some
 * hundred rows. Means over the rows that count are taken by the caller ({@code
 * Tensor.crossEntropy}).
 *
 * @param ignoreIndex the label of rows that do not count; {@link #NONE} for none
 * @param labelSmoothing ε, from 0 to 1
 * @param mean whether the result is the mean over all rows, a scalar
 */
public record CrossEntropy(int ignoreIndex, float labelSmoothing, boolean mean) implements Op {
  private static final Inputs INPUTS =
      Inputs.floats("logits").and(DType.INT64, "labels").optional("weights");

  /** No label is ignored. */
  public static final int NONE = Integer.MIN_VALUE;

  /** Checks the attributes. */
  public CrossEntropy {
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new IllegalArgumentException(
          "crossEntropy: label smoothing must lie in 0..1, found " + labelSmoothing);
    }
  }

  /** One loss for each row. */
  public CrossEntropy(int ignoreIndex, float labelSmoothing) {
    this(ignoreIndex, labelSmoothing, false);
  }

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    if (x.rank() != 2 || x.dim(1) == 0) {
      throw new IllegalArgumentException(
          "crossEntropy: logits must be [N, C] with at least one class, found " + x);
    }
    if (!inputs[1].equals(Shape.of(x.dim(0)))) {
      throw new IllegalArgumentException(
          "crossEntropy: "
              + x.dim(0)
              + " rows of logits need as many labels, found labels of shape "
              + inputs[1]);
    }
    if (inputs.length > 2 && !inputs[2].equals(Shape.of(x.dim(1)))) {
      throw new IllegalArgumentException(
          "crossEntropy: " + x.dim(1) + " classes need as many weights, found " + inputs[2]);
    }
    return mean ? Shape.of() : inputs[1];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    checkLabels(inputs[1], inputs[0].shape().dim(1));
    boolean lanes = inLanes(inputs[0]);
    Tensor x = lanes ? inputs[0] : inputs[0].contiguous();
    Tensor labels = inputs[1].contiguous();
    Tensor weights = inputs.length > 2 ? inputs[2].contiguous() : null;
    int rows = x.shape().dim(0);
    Tensor losses = Tensor.make(Shape.of(rows), DType.FLOAT32, Layout.PLAIN, name());
    SoftmaxKernel.crossEntropy(
        x, lanes, labels, losses, weights, ignoreIndex, labelSmoothing, rows, x.shape().dim(1));
    inputs[0].release(x);
    inputs[1].release(labels);
    if (weights != null) {
      inputs[2].release(weights);
    }
    node.save(inputs);
    if (!mean) {
      return losses;
    }
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Reduction.sum(losses, y, 1, rows, 1, 1f / rows);
    losses.close();
    return y;
  }

  private static boolean inLanes(Tensor logits) {
    return logits.layout() == Layout.BATCH_LANES && SoftmaxKernel.readsLanes(logits.shape().dim(1));
  }

  private void checkLabels(Tensor labels, int classes) {
    Tensor plain = labels.contiguous();
    int row = SoftmaxKernel.wrongLabel(plain, ignoreIndex, plain.shape().dim(0), classes);
    if (row >= 0) {
      throw new IllegalArgumentException(
          "crossEntropy: label "
              + plain.toLongArray()[row]
              + " of row "
              + row
              + " is not one of "
              + classes
              + " classes");
    }
    labels.release(plain);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor x = node.saved(0);
    Tensor labels = node.saved(1);
    Tensor weights = node.inputs() > 2 ? node.saved(2) : null;
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    if (weights != null && node.needs(2)) {
      throw new IllegalStateException("crossEntropy: class weights have no gradient; freeze them");
    }
    if (!node.needs(0)) {
      return dx;
    }
    int rows = x.shape().dim(0);
    int classes = x.shape().dim(1);
    if (!node.createGraph()) {
      boolean lanes = inLanes(x);
      Layout layout = lanes ? Layout.BATCH_LANES : Layout.PLAIN;
      Tensor dlogits = Tensor.make(x.shape(), DType.FLOAT32, layout, name() + "Gradient");
      SoftmaxKernel.crossEntropyGradient(
          lanes ? x : x.contiguous(),
          lanes,
          labels.contiguous(),
          mean ? slopes(dy, rows) : dy.contiguous(),
          dlogits,
          weights == null ? null : weights.contiguous(),
          ignoreIndex,
          labelSmoothing,
          rows,
          classes);
      dx[0] = dlogits;
      return dx;
    }
    float[] q = new float[rows * classes];
    float[] sums = new float[rows];
    long[] t = labels.toLongArray();
    float[] w = weights == null ? null : weights.toArray();
    for (int i = 0; i < rows; i++) {
      for (int c = 0; c < classes && t[i] != ignoreIndex; c++) {
        float weight = w == null ? 1 : w[c];
        float target = labelSmoothing / classes * weight;
        target += c == t[i] ? (1 - labelSmoothing) * weight : 0;
        q[i * classes + c] = target;
        sums[i] += target;
      }
    }
    dx[0] =
        x.softmax(1)
            .mul(Tensor.of(sums, rows, 1))
            .sub(Tensor.of(q, rows, classes))
            .mul(mean ? dy.mul(1f / rows) : dy.reshape(rows, 1));
    return dx;
  }

  /** The slope of each row where the mean has the slope dy. */
  private Tensor slopes(Tensor dy, int rows) {
    Tensor slopes = Tensor.make(Shape.of(rows), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
    Elementwise.fill(slopes, dy.item() * (1f / rows), rows);
    return slopes;
  }
}
