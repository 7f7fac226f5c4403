package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.KeptBits;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * y = max(x, 0); dy/dx = 0 where {@code x <= 0}, else 1 (0 at 0, 1 at NaN, as PyTorch). NaN passes
 * through.
 *
 * <p>Of a large tensor forward keeps one bit an element, so that backward need not read the output.
 */
public record Relu() implements UnaryOp.OfOutput {
  /**
   * So many elements are more than a second cache level holds; smaller outputs are read cheaply.
   */
  private static final long LARGE = 1 << 18;

  private static final Kept.Gradient GRADIENT = new Kept.Gradient(1);

  @Override
  public FloatVector f(FloatVector x) {
    return x.max(0);
  }

  @Override
  public float f(float x) {
    return Math.max(x, 0);
  }

  @Override
  public FloatVector df(FloatVector y) {
    return FloatVector.broadcast(Lanes.F, 1).blend(0, y.compare(VectorOperators.LE, 0));
  }

  @Override
  public float df(float y) {
    return y <= 0 ? 0 : 1;
  }

  /** Where y > 0, so of y as of x. */
  @Override
  public Tensor derivative(Tensor y) {
    return Tensor.apply(new Slope(this), y);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Layout layout = Kept.layout(shape);
    long n = layout.elements(shape);
    if (n < LARGE || !node.recorded() || inputs[0].layout() != layout) {
      return OfOutput.super.forward(node, shape, inputs);
    }
    Tensor x = Elementwises.as(inputs[0], layout);
    Tensor y = Tensor.make(shape, DType.FLOAT32, layout, name());
    Tensor kept = Kept.bits(n, name());
    KeptBits.relu(x, kept, y, n);
    inputs[0].release(x);
    node.saveOwned(1, kept);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor saved = node.saved(0);
    return saved.dtype() == DType.UINT8
        ? new Tensor[] {GRADIENT.of(node, dy, saved)}
        : OfOutput.super.backward(node, dy);
  }
}
