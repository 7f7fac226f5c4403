package dev.lanewise.op;

import dev.lanewise.tensor.GradientCheck;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One call of an op: its attributes and its inputs. What is done with it is up to the test: values,
 * gradients, layouts, memory.
 *
 * @param variant tells samples of one op from each other
 */
record Sample(Op op, String variant, List<Input> inputs) {
  /** An input: made anew for every call, so that tests can close it, change it or lay it out. */
  sealed interface Input {
    Shape shape();

    Tensor make();
  }

  /** Differentiable numbers, in row-major order. */
  record Numbers(Shape shape, float[] values) implements Input {
    @Override
    public Tensor make() {
      return Tensor.of(values, shape.toArray());
    }
  }

  /** What has no gradient: labels, indices, class weights. */
  record Constant(Shape shape, Supplier<Tensor> source) implements Input {
    @Override
    public Tensor make() {
      return source.get();
    }
  }

  static Sample of(Op op, String variant, Input... inputs) {
    return new Sample(op, variant, List.of(inputs));
  }

  /** Calls the op; {@code layout} may exchange a differentiable input for an equal one. */
  Tensor apply(Function<Tensor, Tensor> layout, List<Tensor> leaves) {
    Tensor[] tensors = new Tensor[inputs.size()];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = inputs.get(i).make();
      if (inputs.get(i) instanceof Numbers) {
        tensors[i] = layout.apply(tensors[i]).requireGrad();
        leaves.add(tensors[i]);
      }
    }
    return Tensor.apply(op, tensors);
  }

  /** The op as a function of its differentiable inputs alone. */
  GradientCheck.Case function() {
    return leaves -> {
      Tensor[] tensors = new Tensor[inputs.size()];
      int next = 0;
      for (int i = 0; i < tensors.length; i++) {
        tensors[i] = inputs.get(i) instanceof Numbers ? leaves.get(next++) : inputs.get(i).make();
      }
      return Tensor.apply(op, tensors);
    };
  }

  private List<Numbers> numbers() {
    List<Numbers> numbers = new ArrayList<>();
    for (Input input : inputs) {
      if (input instanceof Numbers number) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  List<float[]> values() {
    return numbers().stream().map(Numbers::values).toList();
  }

  List<Shape> shapes() {
    return numbers().stream().map(Numbers::shape).toList();
  }

  @Override
  public String toString() {
    return op.name() + " " + variant;
  }
}
