package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The elements (i, i + offset) of two dimensions, which are replaced by one at the end: a view. dx
 * is dy on that diagonal and 0 elsewhere.
 */
public record Diagonal(int offset, int first, int second) implements ViewOp {
  @Override
  public Shape shape(Shape... inputs) {
    Shape in = inputs[0];
    Views.requireAxis(name(), first, in);
    Views.requireAxis(name(), second, in);
    if (first == second) {
      throw new IllegalArgumentException(
          name() + ": two dimensions are expected, found " + first + " twice, of shape " + in);
    }
    int length =
        Math.min(in.dim(first) + Math.min(offset, 0), in.dim(second) - Math.max(offset, 0));
    Shape rest = in.without(Math.max(first, second)).without(Math.min(first, second));
    return rest.insert(rest.rank(), Math.max(length, 0));
  }

  /** The strides of the diagonal in a tensor with the given ones. */
  private long[] strides(long[] own) {
    long[] strides = new long[own.length - 1];
    int next = 0;
    for (int i = 0; i < own.length; i++) {
      if (i != first && i != second) {
        strides[next++] = own[i];
      }
    }
    strides[next] = own[first] + own[second];
    return strides;
  }

  private long start(long[] own, Shape shape) {
    return shape.size() == 0
        ? 0
        : Math.max(offset, 0) * own[second] - Math.min(offset, 0) * own[first];
  }

  @Override
  public Tensor view(Tensor from, Shape shape) {
    long[] own = from.strides();
    return from.view(shape, strides(own), from.offset() + start(own, shape));
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Gradient(this, node.inputShape(0)), dy)};
  }

  /** The transpose: x on the diagonal of a tensor of zeros. */
  public record Gradient(Diagonal diagonal, Shape whole) implements Op {
    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), diagonal.shape(whole), inputs[0]);
      return whole;
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      long[] own = whole.strides();
      long start = diagonal.start(own, inputs[0].shape());
      return Views.placed(name(), inputs[0], whole, diagonal.strides(own), start, 0);
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {Tensor.apply(diagonal, dy)};
    }
  }
}
