package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * y = f(x) for each element. An operation gives its formula, the fused derivative as an expression
 * on vectors ({@link #df}), and the same derivative in differentiable operations ({@link
 * #derivative}). The layout of the input is kept.
 */
public sealed interface UnaryOp extends Op, UnaryFormula
    permits UnaryOp.OfInput, UnaryOp.OfOutput, UnaryOp.Straight, Gelu {

  /** dy/dx in differentiable operations; {@code x} or {@code y} is null where it is not used. */
  Tensor derivative(@Nullable Tensor x, @Nullable Tensor y);

  @Override
  default Shape shape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  default Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0];
    if (!node.recorded() && x.channelsLast()) {
      Tensor y = Tensor.makeChannelsLast(shape, name());
      Elementwise.unary(this, x, y, shape.size());
      return y;
    }
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
    return new Tensor[] {Elementwises.gradient(node, this, x, y, dy)};
  }

  /** A function whose derivative is computed from its input. */
  sealed interface OfInput extends UnaryOp
      permits Abs,
          Acos,
          Acosh,
          Asin,
          Asinh,
          Atan,
          Atanh,
          Clamp,
          Cos,
          Cosh,
          Elu,
          Erf,
          GeluTanh,
          Hardshrink,
          Hardsigmoid,
          Hardswish,
          Hardtanh,
          LeakyRelu,
          Log,
          Log10,
          Log1p,
          Log2,
          LogSigmoid,
          Mish,
          Silu,
          Sin,
          Sinh,
          Softplus,
          Softshrink,
          Softsign,
          Square,
          Threshold {

    /** dy/dx on all lanes. */
    FloatVector df(FloatVector x);

    /** dy/dx at one element. */
    float df(float x);

    /** dy/dx in differentiable operations. */
    Tensor derivative(Tensor x);

    @Override
    default FloatVector df(FloatVector x, FloatVector y) {
      return df(x);
    }

    @Override
    default float df(float x, float y) {
      return df(x);
    }

    @Override
    default boolean usesInput() {
      return true;
    }

    @Override
    default boolean usesOutput() {
      return false;
    }

    @Override
    default Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
      return derivative(Objects.requireNonNull(x));
    }
  }

  /**
   * A function whose derivative is computed from its output, so that the input need not be kept.
   */
  sealed interface OfOutput extends UnaryOp
      permits Erfinv, Exp, Expm1, Reciprocal, Relu, Rsqrt, Sigmoid, Sqrt, Tan, Tanh {

    /** dy/dx on all lanes. */
    FloatVector df(FloatVector y);

    /** dy/dx at one element. */
    float df(float y);

    /** dy/dx in differentiable operations. */
    Tensor derivative(Tensor y);

    @Override
    default FloatVector df(FloatVector x, FloatVector y) {
      return df(y);
    }

    @Override
    default float df(float x, float y) {
      return df(y);
    }

    @Override
    default boolean usesInput() {
      return false;
    }

    @Override
    default boolean usesOutput() {
      return true;
    }

    @Override
    default Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
      return derivative(Objects.requireNonNull(y));
    }
  }

  /** A function with the same derivative wherever it exists. */
  sealed interface Straight extends UnaryOp
      permits Ceil, Floor, Neg, Round, Sign, Slope, Softplus.Rest, Trunc {

    /** That derivative: 0 for steps. */
    default float slope() {
      return 0;
    }

    @Override
    default FloatVector df(FloatVector x, FloatVector y) {
      return FloatVector.broadcast(Lanes.F, slope());
    }

    @Override
    default float df(float x, float y) {
      return slope();
    }

    @Override
    default boolean usesInput() {
      return false;
    }

    @Override
    default boolean usesOutput() {
      return false;
    }

    @Override
    default Tensor derivative(@Nullable Tensor x, @Nullable Tensor y) {
      return Tensor.scalar(slope());
    }
  }

  /** The derivative of a function that is made of straight pieces. */
  record Slope(UnaryOp of) implements Straight {
    @Override
    public String name() {
      return of.name() + "Slope";
    }

    @Override
    public FloatVector f(FloatVector x) {
      return of.df(x, x);
    }

    @Override
    public float f(float x) {
      return of.df(x, x);
    }
  }
}
