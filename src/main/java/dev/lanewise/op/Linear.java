package dev.lanewise.op;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.StridedCopy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A fully connected layer: y = x wᵀ + bias with x [N, in], w [out, in], bias [out]. dx = dy w, dw =
 * dyᵀ x, dbias = Σ_n dy. An operation of its own, beside matmul, so that dw comes out in the order
 * of w and the bias needs no pass of its own.
 */
public record Linear() implements Op {
  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    Shape w = inputs[1];
    if (x.rank() != 2 || w.rank() != 2) {
      throw new IllegalArgumentException(
          "linear: input must be [N, in] and weight [out, in], found input " + x + ", weight " + w);
    }
    if (x.dim(1) != w.dim(1)) {
      throw new IllegalArgumentException(
          "linear: input has "
              + x.dim(1)
              + " features, weight expects "
              + w.dim(1)
              + " (input "
              + x
              + ", weight "
              + w
              + ")");
    }
    if (inputs.length > 2 && !inputs[2].equals(Shape.of(w.dim(0)))) {
      throw new IllegalArgumentException(
          "linear: bias must have shape [" + w.dim(0) + "], found " + inputs[2]);
    }
    return Shape.of(x.dim(0), w.dim(0));
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return 2 * shape.size() * inputs[1].dim(1);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    for (Tensor input : inputs) {
      Elementwises.requireFloat(name(), input);
    }
    Tensor x = MatMul.readable(inputs[0]);
    Tensor w = MatMul.readable(inputs[1]);
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    float beta = 0;
    if (inputs.length > 2) {
      long step = inputs[2].strides()[0];
      StridedCopy.copy(inputs[2], new long[] {0, step}, shape.toArray(), y, 4);
      beta = 1;
    }
    Gemm.Matrix straight = MatMul.matrix(w);
    Gemm.Matrix transposed = new Gemm.Matrix(w, 0, straight.leading(), !straight.transposed());
    int features = x.shape().dim(1);
    if (shape.size() > 0 && features > 0) {
      Gemm.multiply(MatMul.matrix(x), transposed, y, shape.dim(0), shape.dim(1), features, beta);
    } else if (beta == 0) {
      Elementwise.fill(y, 0, shape.size());
    }
    inputs[0].release(x);
    inputs[1].release(w);
    node.save(inputs[0], inputs[1]);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor x = node.saved(0);
    Tensor w = node.saved(1);
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    dx[0] = node.needs(0) ? dy.matmul(w) : null;
    dx[1] = node.needs(1) ? dy.transpose(0, 1).matmul(x) : null;
    if (dx.length > 2) {
      dx[2] = node.needs(2) ? dy.sum(0) : null;
    }
    return dx;
  }
}
