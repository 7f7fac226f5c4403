package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in row-major order under other dimensions: a view where they are contiguous.
 * Batch lanes stay such where images become rows of features, or the other way round.
 */
public record Reshape(Shape target) implements Op {
  /** Checks the attributes. */
  public Reshape {
    Objects.requireNonNull(target, "target");
  }

  @Override
  public Inputs inputs() {
    return Inputs.ANY;
  }

  @Override
  public Shape shape(Shape... inputs) {
    if (inputs[0].size() != target.size()) {
      throw new IllegalArgumentException(
          name()
              + ": shape "
              + inputs[0]
              + " of "
              + inputs[0].size()
              + " elements does not fit "
              + target
              + " of "
              + target.size());
    }
    return target;
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  public long bytes(Shape shape, Shape... inputs) {
    return 0;
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    if (x.layout() == Layout.BATCH_LANES && keepsSamples(x.shape(), shape)) {
      return inLanes(x, shape);
    }
    Tensor from = x.contiguous();
    Tensor y = from.view(shape, null, from.offset());
    x.release(from);
    return y;
  }

  /**
   * Whether images become rows of features, or rows images, for a batch that fully connected layers
   * take in batch lanes.
   */
  private static boolean keepsSamples(Shape from, Shape to) {
    return from.rank() >= 2
        && to.rank() >= 2
        && from.size() > 0
        && from.dim(0) == to.dim(0)
        && from.dim(0) >= 2 * Lanes.L
        && (from.rank() == 2 || to.rank() == 2);
  }

  private static Tensor inLanes(Tensor x, Shape shape) {
    Tensor y = Tensor.make(shape, x.dtype(), Layout.BATCH_LANES, "reshape");
    boolean toFeatures = shape.rank() == 2;
    Shape image = toFeatures ? x.shape() : shape;
    int n = image.dim(0);
    int channels = image.dim(1);
    int pixels = Math.toIntExact(image.size() / n / channels);
    Reorder.features(x, y, n, channels, pixels, toFeatures);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {dy.reshape(node.inputShape(0).toArray())};
  }
}
