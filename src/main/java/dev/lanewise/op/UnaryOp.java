package dev.lanewise.op;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.UnaryFormula;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = f(x) for each element. An operation gives its formula, the fused derivative as an expression
 * on vectors ({@link #df}), and the same derivative in differentiable operations ({@link
 * #derivative}). The layout of the input is kept.
 */
public sealed interface UnaryOp extends Op, UnaryFormula
    permits Cos, Exp, Log, Neg, Relu, Relu.Step, Sigmoid, Sin, Sqrt, Tanh {

  /** dy/dx in differentiable operations; {@code x} or {@code y} is null where it is not used. */
  Tensor derivative(@Nullable Tensor x, @Nullable Tensor y);

  @Override
  default Shape shape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  default Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    Elementwises.requireFloat(name(), x);
    Tensor from = x.layout() == Layout.PLAIN ? x.contiguous() : x;
    Tensor y = Tensor.make(shape, DType.FLOAT32, x.layout(), name());
    Elementwise.unary(this, from, y, y.layout().elements(shape));
    Elementwises.clearPadding(y);
    x.release(from);
    if (usesInput() && usesOutput()) {
      node.save(x, y);
    } else if (usesInput()) {
      node.save(x);
    } else if (usesOutput()) {
      node.save(y);
    }
    return y;
  }

  @Override
  default @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor x = usesInput() ? node.saved(0) : null;
    Tensor y = usesOutput() ? node.saved(usesInput() ? 1 : 0) : null;
    if (node.createGraph()) {
      return new Tensor[] {dy.mul(derivative(x, y))};
    }
    // One pass over memory; everything in the layout of what was saved.
    Layout layout = x != null ? x.layout() : y != null ? y.layout() : dy.layout();
    Tensor g = Elementwises.as(dy, layout);
    Tensor from = x == null ? null : Elementwises.as(x, layout);
    Tensor dx = Tensor.make(dy.shape(), DType.FLOAT32, layout, name() + "Gradient");
    Elementwise.unaryGradient(this, from, y, g, dx, layout.elements(dy.shape()));
    Elementwises.clearPadding(dx);
    return new Tensor[] {dx};
  }
}
