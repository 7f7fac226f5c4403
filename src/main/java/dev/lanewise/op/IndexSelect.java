package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.reduce.Indexing;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The slices of a dimension that a vector of INT64 indices names, in its order; dx adds up the
 * slices of dy by index. With dimension 0 of a table this is an embedding.
 *
 * @param ignored an index whose slice gets no gradient (the padding of an embedding); -1 for none
 */
public record IndexSelect(int axis, int ignored) implements Op {
  @Override
  public Inputs inputs() {
    return Indices.ANY;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Views.requireAxis(name(), axis, inputs[0]);
    requireVector(this, inputs[1]);
    return inputs[0].with(axis, inputs[1].dim(0));
  }

  private static void requireVector(Op op, Shape index) {
    if (index.rank() != 1) {
      throw new IllegalArgumentException(
          op.name() + ": indices must be a vector, found shape " + index);
    }
  }

  /** The product of the dimensions from one to below another. */
  private static long product(Shape shape, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= shape.dim(i);
    }
    return product;
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Shape in = inputs[0].shape();
    Tensor index = Indices.checked(this, inputs[1], in, axis);
    Tensor x = inputs[0].contiguous();
    Tensor y = Tensor.make(shape, x.dtype(), Layout.PLAIN, name());
    if (shape.size() > 0) {
      long inner = product(in, axis + 1, in.rank());
      Indexing.selectRows(
          x, index, y, product(in, 0, axis), in.dim(axis), index.size(), inner * x.dtype().bytes());
    }
    inputs[0].release(x);
    inputs[1].release(index);
    node.save(inputs[1]);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Gradient gradient = new Gradient(this, node.inputShape(0).dim(axis));
    return new @Nullable Tensor[] {Tensor.apply(gradient, dy, node.saved(0)), null};
  }

  /** The transpose: a tensor of zeros with {@code size} slices, to which those of x are added. */
  public record Gradient(IndexSelect select, int size) implements Op {
    @Override
    public Inputs inputs() {
      return Indices.FLOATS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      requireVector(this, inputs[1]);
      int at = select.axis;
      Views.requireAxis(name(), at, inputs[0]);
      if (inputs[0].dim(at) != inputs[1].dim(0)) {
        throw new IllegalArgumentException(
            name()
                + ": one index for each slice of dimension "
                + at
                + " of shape "
                + inputs[0]
                + " is expected, found "
                + inputs[1]);
      }
      return inputs[0].with(at, size);
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      int axis = select.axis;
      Tensor index = Indices.checked(this, inputs[1], shape, axis);
      Tensor x = inputs[0].contiguous();
      Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      Elementwise.fill(y, 0, shape.size());
      if (x.size() > 0) {
        Indexing.addRows(
            x,
            index,
            y,
            product(shape, 0, axis),
            size,
            index.size(),
            Math.toIntExact(product(shape, axis + 1, shape.rank())),
            select.ignored);
      }
      inputs[0].release(x);
      inputs[1].release(index);
      node.save(inputs[1]);
      return y;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      Tensor index = node.saved(0);
      Tensor picked = Tensor.apply(new IndexSelect(select.axis, select.ignored), dy, index);
      if (select.ignored >= 0) {
        // The ignored slices were left out, so nothing comes back from them.
        int[] dims = new int[picked.shape().rank()];
        java.util.Arrays.fill(dims, 1);
        dims[select.axis] = -1;
        picked = picked.mul(notIgnored(index).reshape(dims));
      }
      return new @Nullable Tensor[] {picked, null};
    }

    private Tensor notIgnored(Tensor index) {
      long[] values = index.toLongArray();
      float[] factors = new float[values.length];
      for (int i = 0; i < factors.length; i++) {
        factors[i] = values[i] == select.ignored ? 0 : 1;
      }
      return Tensor.of(factors, factors.length);
    }
  }
}
