package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.tensor.Checkpointing;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Large tensors, of which forward keeps a bit an element; the catalogue tests small ones. */
class ReluTest {
  private static final int[][] SHAPES = {{17, 8, 48, 48}, {300_001}, {515, 1000}};

  /** Of both signs. */
  private static final float ZEROS_ARE_EQUAL = Float.MIN_VALUE;

  private final Random random = new Random(3);

  private float[] values(int[] shape) {
    int n = 1;
    for (int d : shape) {
      n *= d;
    }
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = i % 7 == 0 ? 0 : (float) random.nextGaussian();
    }
    return values;
  }

  /** dy where x is above 0, else 0. */
  private static float[] expected(float[] x, float[] dy) {
    float[] dx = new float[x.length];
    for (int i = 0; i < dx.length; i++) {
      dx[i] = x[i] > 0 ? dy[i] : 0;
    }
    return dx;
  }

  @Test
  void gradientInEachLayout() {
    for (int[] shape : SHAPES) {
      for (int form = 0; form < 4; form++) {
        float[] input = values(shape);
        float[] gradient = values(shape);
        try (var _ = Scope.open()) {
          Tensor x = Tensor.of(input, shape);
          Tensor dy = Tensor.of(gradient, shape);
          if (shape.length == 4) {
            x = form % 2 == 0 ? x.lanes() : x;
            dy = form / 2 == 0 ? dy.lanes() : dy;
          }
          Tensor y = x.requireGrad().relu();
          for (int time = 0; time < 2; time++) {
            Tensor dx = Tape.grad(List.of(y), List.of(dy), List.of(x), true, false)[0];
            assertArrayEquals(expected(input, gradient), dx.toArray(), ZEROS_ARE_EQUAL);
          }
          assertArrayEquals(gradient, dy.toArray()); // the caller's own stays
        }
      }
    }
  }

  /** The gradient that arrives is nobody's but the tape's, so it may be written over. */
  @Test
  void inANetwork() {
    for (int[] shape : SHAPES) {
      float[] input = values(shape);
      try (var _ = Scope.open()) {
        Tensor plain = Tensor.of(input, shape);
        Tensor x = (shape.length == 4 ? plain.lanes() : plain).requireGrad();
        x.mul(2).relu().mul(3).sum().backward();
        float[] sixes = new float[input.length];
        Arrays.fill(sixes, 6);
        assertArrayEquals(expected(input, sixes), x.grad().toArray());
      }
    }
  }

  @Test
  void secondDerivative() {
    for (int[] shape : SHAPES) {
      float[] input = values(shape);
      float[] gradient = values(shape);
      float[] other = values(shape);
      try (var _ = Scope.open()) {
        Tensor plain = Tensor.of(input, shape);
        Tensor x = (shape.length == 4 ? plain.lanes() : plain).requireGrad();
        Tensor dy = Tensor.of(gradient, shape).requireGrad();
        Tensor y = x.relu();
        Tensor dx = Tape.grad(List.of(y), List.of(dy), List.of(x), true, true)[0];
        assertArrayEquals(expected(input, gradient), dx.toArray());
        Tensor g = Tensor.of(other, shape);
        Tensor second = Tape.grad(List.of(dx), List.of(g), List.of(dy), true, false)[0];
        assertArrayEquals(expected(input, other), second.toArray());
      }
    }
  }

  @Test
  void checkpointed() {
    int[] shape = SHAPES[0];
    float[] input = values(shape);
    try (var _ = Scope.open()) {
      Tensor x = Tensor.of(input, shape).lanes().requireGrad();
      Checkpointing.run(v -> v.mul(2).relu().mul(v), x).sum().backward();
      float[] dx = x.grad().toArray();
      for (int i = 0; i < dx.length; i++) {
        assertEquals(input[i] > 0 ? 4 * input[i] : 0, dx[i], "element " + i);
      }
    }
  }
}
