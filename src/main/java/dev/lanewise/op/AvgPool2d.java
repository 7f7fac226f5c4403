package dev.lanewise.op;

import dev.lanewise.kernel.pool.Pool2dDims;
import dev.lanewise.kernel.pool.Pooling;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The mean of each window of an image [N, C, H, W].
 *
 * @param countIncludePad whether zeros of the padding count as elements of the window
 * @param divisorOverride what to divide the sum by instead; 0 for none
 */
public record AvgPool2d(Window window, boolean countIncludePad, int divisorOverride) implements Op {
  /** Checks the attributes. */
  public AvgPool2d {
    if (window.dilationH() != 1 || window.dilationW() != 1 || divisorOverride < 0) {
      throw new IllegalArgumentException(
          "avgPool2d: the dilation must be 1 and the divisor at least 0, found "
              + window
              + ", divisor "
              + divisorOverride);
    }
  }

  @Override
  public Shape shape(Shape... inputs) {
    return window.shape(name(), inputs[0]);
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return shape.size() * window.kernelH() * window.kernelW();
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    return Pooled.forward(
        this,
        node,
        shape,
        inputs[0],
        (x, images, y) ->
            Pooling.averageForward(x, y, window.dims(images), countIncludePad, divisorOverride));
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Gradient(this, node.inputShape(0)), dy)};
  }

  /** dx: each element of dy, divided, goes to all elements of its window. */
  public record Gradient(AvgPool2d pool, Shape input) implements Op {
    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), pool.shape(input), inputs[0]);
      return input;
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Pool2dDims dims = pool.window.dims(shape);
      return Pooled.backward(
          this,
          shape,
          inputs[0],
          (dy, dx) ->
              Pooling.averageBackward(dy, dx, dims, pool.countIncludePad, pool.divisorOverride));
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor g) {
      return new Tensor[] {Tensor.apply(pool, g)};
    }
  }
}
