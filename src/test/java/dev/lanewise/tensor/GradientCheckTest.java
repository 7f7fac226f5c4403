package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.op.CustomOp;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker itself: it must accept right gradients and notice slightly wrong ones. */
class GradientCheckTest {
  private static final List<Shape> SHAPES = List.of(Shape.of(2, 3));
  private static final List<float[]> VALUES = List.of(new float[] {1, -2, 0.5f, 3, 1.5f, -1});

  /** y = x²; dx = factor x dy, right for 2. */
  private record Square(float factor) implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      node.save(inputs[0]);
      return inputs[0].mul(inputs[0]);
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {dy.mul(node.saved(0)).mul(factor)};
    }
  }

  /** y = x³ whose gradient has the right value, but is itself not differentiable in x. */
  private record CubeOnce() implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      node.save(inputs[0]);
      return inputs[0].mul(inputs[0]).mul(inputs[0]);
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      Tensor x = node.saved(0).detach();
      return new Tensor[] {dy.mul(x.mul(x)).mul(3)};
    }
  }

  /** y = a b, where nothing arrives at b. */
  private record HalfProduct() implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      node.save(inputs);
      return inputs[0].mul(inputs[1]);
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {dy.mul(node.saved(1)), null};
    }
  }

  private static GradientCheck.Case square(float factor) {
    return inputs -> Tensor.apply(new Square(factor), inputs.getFirst());
  }

  @Test
  void rightGradientsPass() {
    GradientCheck.standard().first("square", square(2), VALUES, SHAPES);
    GradientCheck.standard().second("square", square(2), VALUES, SHAPES);
  }

  @Test
  void aGradientOffByHalfAPercentIsCaughtAtAStricterTolerance() {
    GradientCheck strict = new GradientCheck(1e-2f, 1e-3, 3, 1);
    strict.first("square", square(2), VALUES, SHAPES);
    AssertionError error =
        assertThrows(
            AssertionError.class, () -> strict.first("square", square(2.01f), VALUES, SHAPES));
    assertTrue(error.getMessage().contains("square (first order)"), error.getMessage());
  }

  @Test
  void aGradientOffByAFewPercentIsCaughtByTheStandardCheck() {
    assertThrows(
        AssertionError.class,
        () -> GradientCheck.standard().first("square", square(2.1f), VALUES, SHAPES));
  }

  @Test
  void aGradientWrongOnlyInSecondOrderIsCaughtThere() {
    GradientCheck.Case cube = inputs -> Tensor.apply(new CubeOnce(), inputs.getFirst());
    GradientCheck.standard().first("cube", cube, VALUES, SHAPES);
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> GradientCheck.standard().second("cube", cube, VALUES, SHAPES));
    assertTrue(error.getMessage().contains("cube (second order)"), error.getMessage());
  }

  @Test
  void aMissingGradientIsCaught() {
    GradientCheck.Case product =
        inputs -> Tensor.apply(new HalfProduct(), inputs.toArray(new Tensor[0]));
    List<float[]> values = List.of(VALUES.getFirst(), VALUES.getFirst());
    List<Shape> shapes = List.of(SHAPES.getFirst(), SHAPES.getFirst());
    assertThrows(
        AssertionError.class,
        () -> GradientCheck.standard().first("product", product, values, shapes));
  }
}
