package dev.lanewise.tensor;

import static dev.lanewise.tensor.TapeChecks.grad;
import static dev.lanewise.tensor.TapeChecks.leaf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.InScope;
import dev.lanewise.op.CustomOp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operations of the user. */
@ExtendWith(InScope.class)
class CustomOpTest {
  /** y = x wᵀ + b, as a user writes it. */
  private record UserLinear() implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      if (inputs[0].dim(1) != inputs[1].dim(1)) {
        throw new IllegalArgumentException("userLinear: " + inputs[0] + " and " + inputs[1]);
      }
      return Shape.of(inputs[0].dim(0), inputs[1].dim(0));
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      node.save(inputs[0], inputs[1]);
      return inputs[0].matmul(inputs[1].transpose(0, 1)).add(inputs[2]);
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {
        dy.matmul(node.saved(1)), dy.transpose(0, 1).matmul(node.saved(0)), dy.sum(0)
      };
    }
  }

  @Test
  void anOpOfTheUserIsDifferentiatedAsAnyOther() {
    GradientCheck.Case function =
        inputs -> Tensor.apply(new UserLinear(), inputs.toArray(new Tensor[0])).tanh();
    List<Shape> shapes = List.of(Shape.of(3, 4), Shape.of(2, 4), Shape.of(2));
    List<float[]> values = new ArrayList<>();
    Generator random = new Generator(5);
    for (Shape shape : shapes) {
      values.add(random.normalValues(shape.size(), 0, 1));
    }
    GradientCheck.standard().first("userLinear", function, values, shapes);
    GradientCheck.standard().second("userLinear", function, values, shapes);
    assertEquals("userLinear", new UserLinear().name());
  }

  @Test
  void anOpOfTheUserMayReturnWhatItSaved() {
    // y = Σ c x with y as the loss: dy is 1.
    record WeightedSum(Tensor weights) implements CustomOp {
      @Override
      public Shape shape(Shape... inputs) {
        return Shape.SCALAR;
      }

      @Override
      public Tensor forward(Node node, Shape shape, Tensor... inputs) {
        return inputs[0].mul(weights).sum();
      }

      @Override
      public Tensor[] backward(Node node, Tensor dy) {
        return new Tensor[] {weights};
      }
    }
    Tensor weights = Tensor.of(new float[] {5, 6}, 2);
    Tensor x = leaf(1, 2);
    Tensor.apply(new WeightedSum(weights), x.mul(1)).backward();
    Tensor.apply(new WeightedSum(weights), x).backward();
    assertArrayEquals(new float[] {10, 12}, grad(x));
    x.zeroGrad();
    assertArrayEquals(new float[] {5, 6}, weights.toArray());
  }

  @Test
  void anOpOfTheUserMayReturnItsInput() {
    record Same() implements CustomOp {
      @Override
      public Shape shape(Shape... inputs) {
        return inputs[0];
      }

      @Override
      public Tensor forward(Node node, Shape shape, Tensor... inputs) {
        return inputs[0];
      }

      @Override
      public Tensor[] backward(Node node, Tensor dy) {
        return new Tensor[] {dy};
      }
    }
    Tensor x = leaf(1, 2);
    Tensor.apply(new Same(), Tensor.apply(new Same(), x)).mul(3).sum().backward();
    assertArrayEquals(new float[] {3, 3}, grad(x));
  }
}
