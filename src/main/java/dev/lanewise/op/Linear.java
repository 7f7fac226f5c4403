package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.StridedCopy;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.product.FullyConnected;
import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.kernel.product.WeightGradient;
import dev.lanewise.kernel.product.WeightProduct;
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
 * A fully connected layer: y = x wᵀ + bias, then max(y, 0) where {@code relu}, with x [N, in], w
 * [out, in], bias [out]. dx = dy w, dw = dyᵀ x, dbias = Σ_n dy. An operation of its own, beside
 * matmul, so that dw comes out in the order of w and the bias needs no pass of its own.
 *
 * @param layout of the result, where there is a choice: batch lanes let one such layer follow the
 *     other without any reordering
 * @param relu whether ReLU is part of it: forward and backward, it then costs next to nothing
 */
public record Linear(Layout layout, boolean relu) implements Op {
  private static final Inputs INPUTS = Inputs.floats("input", "weight").optional("bias");
  private static final Relu RELU = new Relu();

  /** Checks the attributes. */
  public Linear {
    Objects.requireNonNull(layout, "layout");
  }

  /** With a result in whatever layout is the fastest, without ReLU. */
  public Linear() {
    this(Layout.BATCH_LANES, false);
  }

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

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
    if (inLanes(inputs[0].shape(), shape)) {
      return forwardInLanes(node, shape, inputs);
    }
    Tensor x = MatMul.readable(inputs[0]);
    Tensor w = MatMul.readable(inputs[1]);
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor bias = inputs.length > 2 ? inputs[2].contiguous() : null;
    Gemm.Matrix rows = MatMul.matrix(x);
    Gemm.Matrix straight = MatMul.matrix(w);
    Gemm.Matrix transposed = new Gemm.Matrix(w, 0, straight.leading(), !straight.transposed());
    int features = x.shape().dim(1);
    if (shape.size() > 0 && features > 0 && bias != null) {
      Gemm.multiply(rows, transposed, bias, y, shape.dim(0), shape.dim(1), features);
    } else if (shape.size() > 0 && features > 0) {
      Gemm.multiply(rows, transposed, y, shape.dim(0), shape.dim(1), features, 0);
    } else if (bias != null) {
      StridedCopy.copy(bias, new long[] {0, 1}, shape.toArray(), y, 4);
    } else {
      Elementwise.fill(y, 0, shape.size());
    }
    inputs[0].release(x);
    inputs[1].release(w);
    if (bias != null) {
      inputs[2].release(bias);
    }
    if (relu) {
      Elementwise.unary(RELU, y, y, shape.size());
    }
    return saving(node, y, inputs);
  }

  private Tensor saving(Node node, Tensor y, Tensor... inputs) {
    if (relu) {
      node.save(inputs[0], inputs[1], y);
    } else {
      node.save(inputs[0], inputs[1]);
    }
    return y;
  }

  private boolean inLanes(Shape x, Shape y) {
    return layout == Layout.BATCH_LANES && FullyConnected.serves(x.dim(0), x.dim(1), y.dim(1));
  }

  private Tensor forwardInLanes(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].lanes();
    Tensor w = MatMul.readable(inputs[1]);
    Tensor bias = inputs.length > 2 ? inputs[2].contiguous() : null;
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.BATCH_LANES, name());
    int features = x.shape().dim(1);
    FullyConnected.forward(
        relu ? RELU : null, x, MatMul.matrix(w), bias, y, shape.dim(0), features, shape.dim(1));
    Elementwises.clearPadding(y);
    inputs[0].release(x);
    inputs[1].release(w);
    if (bias != null) {
      inputs[2].release(bias);
    }
    return saving(node, y, inputs);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor x = node.saved(0);
    Tensor w = node.saved(1);
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    if (!node.createGraph() && inLanes(x.shape(), dy.shape())) {
      backwardInLanes(node, dy, x, w, dx);
      return dx;
    }
    Tensor g = relu ? behindRelu(node, dy) : dy;
    dx[0] = node.needs(0) ? g.matmul(w) : null;
    dx[1] = node.needs(1) ? weightGradient(node, g, x) : null;
    if (dx.length > 2) {
      dx[2] = node.needs(2) ? g.sum(0) : null;
    }
    return dx;
  }

  /** The gradient of what ReLU is taken of. */
  private static Tensor behindRelu(Node node, Tensor dy) {
    Tensor y = node.saved(2);
    return node.createGraph()
        ? dy.mul(RELU.derivative(y.detach()))
        : Elementwises.gradient(node, RELU, null, y, dy);
  }

  private void backwardInLanes(Node node, Tensor dy, Tensor x, Tensor w, @Nullable Tensor[] dx) {
    int n = x.shape().dim(0);
    int in = x.shape().dim(1);
    int out = dy.shape().dim(1);
    Tensor given = dy.lanes();
    Tensor g = given;
    boolean bias = dx.length > 2 && node.needs(2);
    if (bias) {
      dx[2] = Tensor.make(Shape.of(out), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
    }
    boolean sums = WeightGradient.sumsOverLanes(n, in, out);
    boolean together = node.needs(1) && !sums;
    if (relu && !together) {
      g = Elementwises.gradient(node, RELU, null, node.saved(2), given);
    } else if (relu && node.needs(0)) {
      g = node.inPlaceOf(given);
      if (g == null) {
        g = Tensor.make(dy.shape(), DType.FLOAT32, Layout.BATCH_LANES, name() + "Gradient");
      }
    }
    if (node.needs(1)) {
      boolean lanes = sums || x.layout() == Layout.BATCH_LANES;
      Tensor from = lanes ? x.lanes() : x.contiguous();
      if (sums) {
        Tensor result = Tensor.make(w.shape(), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
        WeightGradient.run(from, true, g, result, n, in, out);
        dx[1] = result;
      } else {
        UnaryFormula f = relu ? RELU : null;
        Tensor y = relu ? node.saved(2) : given;
        Tensor masked = g == given ? null : g;
        Tensor sum = bias ? dx[2] : null;
        Tensor product =
            Tensor.deferred(
                w.shape(), new WeightProduct(from, lanes, f, y, given, masked, sum, n, in, out));
        if (!WeightGradient.defers(n, in, out)) {
          product.block(); // computes the elements
        }
        dx[1] = product;
      }
      x.release(from);
    }
    if (bias && !together) {
      Reduction.sumLanes(g, Objects.requireNonNull(dx[2]), Math.ceilDiv(n, Lanes.L), out);
    }
    if (node.needs(0)) {
      Tensor readable = MatMul.readable(w);
      Tensor result =
          Tensor.make(x.shape(), DType.FLOAT32, Layout.BATCH_LANES, name() + "Gradient");
      FullyConnected.inputGradient(g, MatMul.matrix(readable), result, n, in, out);
      Elementwises.clearPadding(result);
      w.release(readable);
      dx[0] = result;
    }
    given.release(g);
    dy.release(given);
  }

  @Override
  public long backwardFlops(Shape shape, Shape... inputs) {
    return flops(shape, inputs) * 2;
  }

  /** A large one stays a product of its two factors until somebody reads it. */
  private static Tensor weightGradient(Node node, Tensor dy, Tensor x) {
    int rows = dy.shape().dim(1);
    int columns = x.shape().dim(1);
    int batch = x.shape().dim(0);
    if (node.createGraph() || !OuterProduct.suits(rows, columns, batch)) {
      Tensor turned = dy.transpose(0, 1);
      Tensor product = turned.matmul(x);
      node.letGo(turned);
      return product;
    }
    Tensor left = dy.contiguous();
    Tensor right = x.contiguous();
    OuterProduct product = OuterProduct.of(left, right, rows, columns, batch);
    dy.release(left);
    x.release(right);
    return Tensor.deferred(node.inputShape(1), product);
  }
}
