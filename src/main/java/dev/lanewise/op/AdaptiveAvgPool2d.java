package dev.lanewise.op;

import dev.lanewise.kernel.pool.Pooling;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The means of {@code outputH} x {@code outputW} windows that cover an image [N, C, H, W]: window i
 * of an axis reaches from ⌊i size / outputs⌋ to below ⌈(i + 1) size / outputs⌉, as in PyTorch.
 */
public record AdaptiveAvgPool2d(int outputH, int outputW) implements Op {
  /** Checks the attributes. */
  public AdaptiveAvgPool2d {
    if (outputH < 1 || outputW < 1) {
      throw new IllegalArgumentException(
          "adaptiveAvgPool2d: the output must have at least one row and one column, found "
              + outputH
              + "x"
              + outputW);
    }
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    if (x.rank() != 4 || x.size() == 0) {
      throw new IllegalArgumentException(
          name() + ": input must be [N, C, H, W] and not empty, found " + x);
    }
    return Shape.of(x.dim(0), x.dim(1), outputH, outputW);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    return Pooled.forward(
        this,
        node,
        shape,
        inputs[0],
        (x, in, y) ->
            Pooling.adaptiveForward(
                x, y, in.dim(0), in.dim(1), in.dim(2), in.dim(3), outputH, outputW));
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Gradient(this, node.inputShape(0)), dy)};
  }

  /** dx: each element of dy, divided by the size of its window, goes to all elements of it. */
  public record Gradient(AdaptiveAvgPool2d pool, Shape input) implements Op {
    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), pool.shape(input), inputs[0]);
      return input;
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      return Pooled.backward(
          this,
          shape,
          inputs[0],
          (dy, dx) ->
              Pooling.adaptiveBackward(
                  dy,
                  dx,
                  shape.dim(0),
                  shape.dim(1),
                  shape.dim(2),
                  shape.dim(3),
                  pool.outputH,
                  pool.outputW));
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor g) {
      return new Tensor[] {Tensor.apply(pool, g)};
    }
  }
}
