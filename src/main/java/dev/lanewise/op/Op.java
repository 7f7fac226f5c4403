package dev.lanewise.op;

import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A differentiable operation: a record of its attributes with a shape rule, a forward and a
 * backward. The permits clause is the catalogue, and the tests walk it.
 *
 * <p>Backward is written in differentiable tensor operations, so that derivatives of any order come
 * from it. Where a fused kernel is much faster, it may be used while {@link Node#createGraph()} is
 * false.
 */
public sealed interface Op
    permits AdaptiveAvgPool2d,
        AdaptiveAvgPool2d.Gradient,
        AvgPool2d,
        AvgPool2d.Gradient,
        BatchNorm,
        BinaryOp,
        Concat,
        Conv2d,
        Conv2d.InputGradient,
        Conv2d.WeightGradient,
        CrossEntropy,
        Cumsum,
        CustomOp,
        Diagonal.Gradient,
        Dropout,
        Gather,
        Gather.Gradient,
        IndexSelect,
        IndexSelect.Gradient,
        Kept.Gradient,
        Linear,
        MatMul,
        Max,
        Max.Gather,
        Max.Scatter,
        MaxPool2d,
        MaxPool2d.Gather,
        MaxPool2d.Gradient,
        NormalizeRows,
        Pad,
        Recurrence,
        Reshape,
        RowOp,
        ScaledDotProductAttention,
        Scatter,
        SelfAttention,
        Triangle,
        Unfold.Gradient,
        Slice.Gradient,
        Sum,
        UnaryOp,
        ViewOp,
        Where {

  /** The name that users know: the record's name in lower camel case. */
  default String name() {
    return OpNames.of(getClass());
  }

  /**
   * What it takes: one tensor of floats, unless an operation says otherwise. Its shape rule and its
   * forward are given nothing else.
   */
  default Inputs inputs() {
    return Inputs.ONE;
  }

  /**
   * The shape of the result.
   *
   * @throws IllegalArgumentException when the inputs do not fit; one sentence that names the op,
   *     what was found and what was expected
   */
  Shape shape(Shape... inputs);

  /**
   * How many additions and multiplications the result takes, for tables and rooflines: one for each
   * element unless an operation knows better, a multiply-add counting as two.
   *
   * @param shape what {@link #shape} gave
   */
  default long flops(Shape shape, Shape... inputs) {
    return shape.size();
  }

  /**
   * The same for a backward that is one fused kernel, without operations inside: by default as much
   * for each input as for the result.
   */
  default long backwardFlops(Shape shape, Shape... inputs) {
    return flops(shape, inputs) * inputs.length;
  }

  /**
   * How many bytes the result takes to read and write, each operand once: all inputs and the result
   * unless an operation knows better; 0 where nothing is moved.
   *
   * @param shape what {@link #shape} gave
   */
  default long bytes(Shape shape, Shape... inputs) {
    long elements = shape.size();
    for (Shape input : inputs) {
      elements += input.size();
    }
    return elements * Float.BYTES;
  }

  /**
   * Computes the result.
   *
   * @param node where to save what backward needs
   * @param shape what {@link #shape} gave
   * @param inputs open tensors that passed the shape rule
   */
  Tensor forward(Node node, Shape shape, Tensor... inputs);

  /**
   * The gradients of the inputs, one for each; null where {@link Node#needs} says that none is
   * wanted or where there is none.
   *
   * @param dy the gradient of the result
   */
  @Nullable Tensor[] backward(Node node, Tensor dy);
}
