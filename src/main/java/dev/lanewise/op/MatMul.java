package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product of the last two dimensions, [.., m, k] by [.., k, n]; the dimensions before them
 * broadcast. A transposed view is read in place. da = dy bᵀ, db = aᵀ dy.
 */
public record MatMul() implements Op {
  @Override
  public String name() {
    return "matmul";
  }

  @Override
  public Inputs inputs() {
    return Inputs.TWO;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape a = inputs[0];
    Shape b = inputs[1];
    if (a.rank() < 2 || b.rank() < 2 || a.dim(-1) != b.dim(-2)) {
      throw new IllegalArgumentException(
          "matmul: the last dimension of " + a + " must equal the last but one of " + b);
    }
    if (a.rank() == 2 && b.rank() == 2) {
      return Shape.of(a.dim(0), b.dim(1));
    }
    Shape batch = Shape.broadcast(name(), leading(a), leading(b));
    return batch.insert(batch.rank(), a.dim(-2)).insert(batch.rank() + 1, b.dim(-1));
  }

  static Shape leading(Shape shape) {
    return shape.without(shape.rank() - 1).without(shape.rank() - 2);
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return 2 * shape.size() * inputs[0].dim(-1);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor a = readable(inputs[0]);
    Tensor b = readable(inputs[1]);
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    int m = shape.dim(-2);
    int n = shape.dim(-1);
    int k = a.shape().dim(-1);
    if (k == 0) {
      Elementwise.fill(y, 0, shape.size());
    } else if (shape.rank() == 2 && shape.size() > 0) {
      Gemm.multiply(matrix(a), matrix(b), y, m, n, k, 0);
    } else if (shape.size() > 0) {
      Shape batch = leading(shape);
      Gemm.multiply(matrix(a), offsets(a, batch), matrix(b), offsets(b, batch), y, m, n, k);
    }
    inputs[0].release(a);
    inputs[1].release(b);
    node.save(inputs[0], inputs[1]);
    return y;
  }

  /** The tensor itself where its last two dimensions are a matrix in memory, else a copy. */
  static Tensor readable(Tensor x) {
    if (x.layout() != Layout.PLAIN) {
      return x.contiguous();
    }
    if (x.isContiguous()) {
      return x;
    }
    long down = x.stride(-2);
    long right = x.stride(-1);
    int rows = x.shape().dim(-2);
    int columns = x.shape().dim(-1);
    boolean straight = right == 1 && down >= columns;
    boolean transposed = down == 1 && right >= rows;
    return (straight || transposed) && Math.max(down, right) <= Integer.MAX_VALUE
        ? x
        : x.contiguous();
  }

  static Gemm.Matrix matrix(Tensor x) {
    long down = x.stride(-2);
    long right = x.stride(-1);
    boolean straight = right == 1 && down >= x.shape().dim(-1);
    return new Gemm.Matrix(x, 0, (int) (straight ? down : right), !straight);
  }

  static long[] offsets(Tensor x, Shape batch) {
    long[] own = x.strides();
    int shift = batch.rank() - (own.length - 2);
    long[] offsets = new long[Math.toIntExact(batch.size())];
    for (int i = 0; i < offsets.length; i++) {
      long rest = i;
      for (int d = batch.rank() - 1; d >= 0; d--) {
        long index = rest % batch.dim(d);
        rest /= batch.dim(d);
        if (d >= shift && x.shape().dim(d - shift) != 1) {
          offsets[i] += index * own[d - shift];
        }
      }
    }
    return offsets;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    @Nullable Tensor[] dx = new @Nullable Tensor[2];
    if (node.needs(0)) {
      Tensor turned = node.saved(1).transpose(-1, -2);
      dx[0] = dy.matmul(turned).sumTo(node.saved(0).shape());
      node.letGo(turned);
    }
    if (node.needs(1)) {
      Tensor turned = node.saved(0).transpose(-1, -2);
      dx[1] = turned.matmul(dy).sumTo(node.saved(1).shape());
      node.letGo(turned);
    }
    return dx;
  }
}
