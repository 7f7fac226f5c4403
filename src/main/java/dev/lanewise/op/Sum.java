package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.reduce.Reduction;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * y = Σ x over a set of dimensions, or the mean where {@code mean}; dx = dy, stretched over them
 * (and divided by their number).
 */
public record Sum(Axes axes, boolean keepdim, boolean mean) implements Op {
  /** Checks the attributes. */
  public Sum {
    Objects.requireNonNull(axes, "axes");
  }

  @Override
  public String name() {
    return mean ? "mean" : "sum";
  }

  @Override
  public Shape shape(Shape... inputs) {
    return axes.reduce(inputs[0], keepdim);
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return inputs[0].size();
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    float scale = mean ? 1f / axes.count(x.shape()) : 1;
    if (x.layout() == Layout.BATCH_LANES && axes.mask() == 0b1101) {
      // The gradient of a bias: channels stay where they are.
      Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      long pixels = x.layout().elements(x.shape()) / Lanes.L / x.shape().dim(1);
      Reduction.sumLanes(x, y, pixels, x.shape().dim(1));
      if (mean) {
        Elementwise.scale(y, scale, y.size());
      }
      return y;
    }
    // One pass for each run of neighbouring dimensions, from the last to the first, so that the
    // tensor shrinks before the strided passes.
    Tensor from = x.contiguous();
    Tensor current = from;
    int[] dims = x.shape().toArray();
    int end = dims.length;
    while (true) {
      while (end > 0 && !axes.contains(end - 1)) {
        end--;
      }
      if (end == 0) {
        break;
      }
      int start = end;
      long reduce = 1;
      while (start > 0 && axes.contains(start - 1)) {
        start--;
        reduce *= dims[start];
        dims[start] = 1;
      }
      long outer = product(dims, 0, start);
      long inner = product(dims, end, dims.length);
      Tensor y = Tensor.make(Shape.of(dims), DType.FLOAT32, Layout.PLAIN, name());
      Reduction.sum(current, y, outer, reduce, inner, scale);
      scale = 1;
      if (current != x) {
        current.close();
      }
      current = y;
      end = start;
    }
    Tensor result = current.view(shape, null, current.offset());
    if (current != x) {
      current.close();
    }
    return result;
  }

  private static long product(int[] dims, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= dims[i];
    }
    return product;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Shape in = node.inputShape(0);
    Tensor g = mean ? dy.mul(1f / axes.count(in)) : dy;
    return new Tensor[] {g.reshape(axes.reduce(in, true).toArray()).expand(in.toArray())};
  }
}
