package dev.lanewise.tensor;

import static dev.lanewise.tensor.TapeChecks.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lanewise.InScope;
import dev.lanewise.memory.Pool;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Products with Jacobian and Hessian matrices, against matrices that are known. */
@ExtendWith(InScope.class)
class DerivativesTest {
  private static final float TOLERANCE = 1e-4f;

  private static Tensor vector(float... values) {
    return Tensor.of(values, values.length);
  }

  private static Tensor matrix() {
    return Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  }

  /** (x₀ x₁, x₁ x₂, x₂ sin x₀), written with slices. */
  private static Tensor curve(Tensor x) {
    Tensor a = x.slice(0, 0, 1);
    Tensor b = x.slice(0, 1, 2);
    Tensor c = x.slice(0, 2, 3);
    return Tensor.concat(List.of(a.mul(b), b.mul(c), c.mul(a.sin())), 0);
  }

  private static float[] curveMatrix(float a, float b, float c) {
    return new float[] {
      b, a, 0, 0, c, b, c * (float) Math.cos(a), 0, (float) Math.sin(a),
    };
  }

  private static void assertClose(float[] expected, Tensor found, int... dims) {
    assertEquals(Shape.of(dims), found.shape());
    assertFalse(found.requiresGrad());
    assertArrayEquals(expected, found.toArray(), TOLERANCE);
  }

  @Test
  void theMatrixOfACurve() {
    Tensor x = vector(0.5f, -2, 3);
    float[] expected = curveMatrix(0.5f, -2, 3);
    assertClose(expected, Derivatives.jacobian(DerivativesTest::curve, x), 3, 3);
    for (int i = 0; i < 3; i++) {
      float[] unit = new float[3];
      unit[i] = 1;
      Tensor row = Derivatives.vectorJacobian(DerivativesTest::curve, x, vector(unit));
      Tensor column = Derivatives.jacobianVector(DerivativesTest::curve, x, vector(unit));
      for (int j = 0; j < 3; j++) {
        assertEquals(expected[3 * i + j], row.toArray()[j], TOLERANCE);
        assertEquals(expected[3 * j + i], column.toArray()[j], TOLERANCE);
      }
    }
  }

  @Test
  void severalInputs() {
    Function<List<Tensor>, Tensor> product = in -> in.get(0).matmul(in.get(1)).mul(in.get(2));
    List<Tensor> inputs =
        List.of(matrix(), Tensor.of(new float[] {1, -1, 2}, 3, 1), Tensor.ones(1));
    Tensor[] jacobians = Derivatives.jacobian(product, inputs);
    assertClose(new float[] {1, -1, 2, 0, 0, 0, 0, 0, 0, 1, -1, 2}, jacobians[0], 2, 1, 2, 3);
    assertClose(matrix().toArray(), jacobians[1], 2, 1, 3, 1);
    assertClose(new float[] {5, 11}, jacobians[2], 2, 1, 1);

    Tensor v = Tensor.of(new float[] {1, 10}, 2, 1);
    Tensor[] rows = Derivatives.vectorJacobian(product, inputs, v);
    assertClose(new float[] {1, -1, 2, 10, -10, 20}, rows[0], 2, 3);
    assertClose(new float[] {41, 52, 63}, rows[1], 3, 1);
    assertClose(new float[] {115}, rows[2], 1);

    List<Tensor> direction = List.of(Tensor.ones(2, 3), Tensor.zeros(3, 1), vector(2));
    assertClose(new float[] {12, 24}, Derivatives.jacobianVector(product, inputs, direction), 2, 1);
  }

  @Test
  void theHessianOfAQuadraticForm() {
    // ½ xᵀ A x has the Hessian (A + Aᵀ) / 2.
    Tensor a = Tensor.of(new float[] {2, 3, -1, 4}, 2, 2);
    Function<Tensor, Tensor> form =
        x -> a.matmul(x.reshape(2, 1)).mul(x.reshape(2, 1)).sum().mul(0.5f);
    Tensor x = vector(5, 7);
    assertClose(new float[] {2, 1, 1, 4}, Derivatives.hessian(form::apply, x), 2, 2);
    Tensor v = vector(1, -2);
    assertClose(new float[] {0, -7}, Derivatives.hessianVector(form::apply, x, v), 2);
  }

  @Test
  void theBlocksOfAHessian() {
    // x² y³
    Function<List<Tensor>, Tensor> f = in -> in.get(0).pow(2).mul(in.get(1).pow(3)).sum();
    List<Tensor> inputs = List.of(vector(2), vector(3));
    Tensor[][] blocks = Derivatives.hessian(f, inputs);
    float[][] expected = {{2 * 27, 2 * 2 * 3 * 9}, {2 * 2 * 3 * 9, 4 * 6 * 3}};
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        assertClose(new float[] {expected[i][j]}, blocks[i][j], 1, 1);
      }
    }
    Tensor[] products = Derivatives.hessianVector(f, inputs, List.of(vector(1), vector(2)));
    assertClose(new float[] {54 + 2 * 108}, products[0], 1);
    assertClose(new float[] {108 + 2 * 72}, products[1], 1);
  }

  @Test
  void functionsWithoutDerivativesGiveZerosAndLinearOnesConstants() {
    Tensor x = vector(1, 2);
    Tensor v = vector(3, 4);
    assertClose(new float[4], Derivatives.jacobian(t -> vector(5, 6), x), 2, 2);
    assertClose(new float[2], Derivatives.jacobianVector(t -> vector(5, 6), x, v), 2);
    assertClose(new float[] {1, 0, 0, 1}, Derivatives.jacobian(t -> t, x), 2, 2);
    assertClose(new float[] {3, 4}, Derivatives.jacobianVector(t -> t, x, v), 2);
    assertClose(new float[] {3, 4}, Derivatives.vectorJacobian(t -> t, x, v), 2);
    assertClose(new float[2], Derivatives.hessianVector(t -> t.sum(), x, v), 2);
    assertClose(new float[4], Derivatives.hessian(t -> t.mul(3).sum(), x), 2, 2);
  }

  @Test
  void inputsAndWhatTheyCollectedStayAsTheyAre() {
    Tensor x = vector(1, 2).requireGrad();
    Tensor weight = vector(3, 4).requireGrad();
    Tensor v = vector(1, 1);
    try (Tape.Pause pause = Tape.noGrad()) {
      assertClose(new float[] {3, 4}, Derivatives.vectorJacobian(t -> t.mul(weight), x, v), 2);
      assertClose(new float[] {3, 4}, Derivatives.jacobianVector(t -> t.mul(weight), x, v), 2);
      assertFalse(Tape.recording());
    }
    Derivatives.jacobianVector(t -> t, x, v).close();
    assertNull(x.grad());
    assertNull(weight.grad());
    assertArrayEquals(new float[] {1, 2}, x.toArray());
    assertArrayEquals(new float[] {1, 1}, v.toArray(), "a result is no view of what was handed in");
  }

  @Test
  void onlyTheResultsStayInMemory() {
    Tensor x = Tensor.ones(1 << 16);
    Pool pool = Pool.global();
    long before = pool.usedBytes();
    Tensor product = Derivatives.hessianVector(t -> t.exp().sum(), x, x);
    long with = pool.usedBytes() - before;
    assertEquals(Math.E, product.toArray()[0], TOLERANCE);
    assertFalse(with > 2L * Float.BYTES * x.size(), pool::report);
    product.close();
    // The collector may give back meanwhile what other tests have left.
    assertFalse(pool.usedBytes() > before, pool::report);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Tensor x = vector(1, 2);
    assertRefused(
        () -> Derivatives.vectorJacobian(t -> t.sum(), x, x),
        IllegalArgumentException.class,
        "vectorJacobian: v has shape [2], the result []");
    assertRefused(
        () -> Derivatives.jacobianVector(t -> t, x, vector(1)),
        IllegalArgumentException.class,
        "jacobianVector: v[0] has shape [1], input 0 [2]");
    assertRefused(
        () -> Derivatives.hessianVector(in -> in.get(0).sum(), List.of(x), List.of()),
        IllegalArgumentException.class,
        "hessianVector: found 0 vectors for 1 inputs");
    assertRefused(
        () -> Derivatives.hessian(t -> t, x),
        IllegalArgumentException.class,
        "hessian: the function must have one value, found a result of shape [2]");
  }
}
