package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.LoopNest;
import dev.lanewise.kernel.vector.Pace;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
public class ElementwiseTest {
  private final Random random = new Random(1);

  /**
   * All sizes around one and two vectors and around the first that keep pace, one chunk, and
   * several of them.
   */
  public static int[] sizes() {
    int head = Pace.VECTORS * L;
    return Stream.of(
            IntStream.rangeClosed(0, 2 * L + 1),
            IntStream.rangeClosed(head - 1, head + L + 1),
            IntStream.of(1000, 16384, 50001))
        .flatMapToInt(Function.identity())
        .toArray();
  }

  @Test
  void unaryEqualsItsTwin() {
    for (int n : sizes()) {
      Place x = Place.random(n, random);
      for (UnaryFormula op :
          new UnaryFormula[] {
            new Formulas.Relu(), new Formulas.Exp(), new Formulas.Scaled(3), new Formulas.Scaled(4)
          }) {
        Place y = Place.floats(n);
        Place twin = Place.floats(n);
        Elementwise.unary(op, x, y, n);
        ScalarElementwise.unary(op, x, twin, n);
        double tolerance = op instanceof Formulas.Exp ? 3e-7 : 0;
        Place.assertClose(twin.toArray(), y.toArray(), tolerance, op + " of " + n);

        Place dy = Place.random(n, random);
        Place dx = Place.floats(n);
        Place twinDx = Place.floats(n);
        Place input = op.usesInput() ? x : null;
        Place output = op.usesOutput() ? y : null;
        Elementwise.unaryGradient(op, input, output, dy, dx, n);
        ScalarElementwise.unaryGradient(op, input, output, dy, twinDx, n);
        Place.assertClose(twinDx.toArray(), dx.toArray(), tolerance, op + "' of " + n);
      }
    }
  }

  @Test
  void unaryInPlace() {
    for (int n : new int[] {1, L, 2 * L + 3, 40000}) {
      Place x = Place.random(n, random);
      Place expected = Place.floats(n);
      Elementwise.unary(new Formulas.Exp(), x, expected, n);
      Elementwise.unary(new Formulas.Exp(), x, x, n);
      assertArrayEquals(expected.toArray(), x.toArray());

      Place dy = Place.random(n, random);
      Place dx = Place.floats(n);
      Elementwise.unaryGradient(new Formulas.Scaled(2), x, expected, dy, dx, n);
      Elementwise.unaryGradient(new Formulas.Scaled(2), x, expected, dy, dy, n);
      assertArrayEquals(dx.toArray(), dy.toArray());
    }
  }

  @Test
  void aMissingOperandIsNamed() {
    Place x = Place.of(1, 2);
    assertThrows(
        IllegalArgumentException.class,
        () -> Elementwise.unaryGradient(new Formulas.Relu(), x, null, x, x, 2));
  }

  @Test
  void flatKernelsEqualTheirTwins() {
    for (int n : sizes()) {
      Place a = Place.random(n, random);
      Place b = Place.random(n, random);
      Place y = Place.floats(n);
      Elementwise.binaryFlat(new Formulas.Sub(), a, b, y, n);
      Place twin = Place.floats(n);
      ScalarElementwise.binary(
          new Formulas.Sub(), a, new long[] {1}, b, new long[] {1}, twin, new int[] {n});
      assertArrayEquals(twin.toArray(), y.toArray());

      // One element for all, on either side.
      long[] each = {1};
      long[] one = {0};
      int[] dims = {n};
      Place single = Place.random(1, random);
      Elementwise.binary(new Formulas.Sub(), a, each, single, one, y, dims);
      ScalarElementwise.binary(new Formulas.Sub(), a, each, single, one, twin, dims);
      assertArrayEquals(twin.toArray(), y.toArray());
      Elementwise.binary(new Formulas.Sub(), single, one, b, each, y, dims);
      ScalarElementwise.binary(new Formulas.Sub(), single, one, b, each, twin, dims);
      assertArrayEquals(twin.toArray(), y.toArray());

      Elementwise.accumulate(y, b, n);
      ScalarElementwise.accumulate(twin, b, n);
      assertArrayEquals(twin.toArray(), y.toArray());

      Elementwise.scale(y, 0.3f, n);
      ScalarElementwise.scale(twin, 0.3f, n);
      assertArrayEquals(twin.toArray(), y.toArray());

      Elementwise.fill(y, 7, n);
      ScalarElementwise.fill(twin, 7, n);
      assertArrayEquals(twin.toArray(), y.toArray());
    }
  }

  @Test
  void broadcastingEqualsItsTwin() {
    for (int round = 0; round < 400; round++) {
      int rank = random.nextInt(5);
      int[] dims = new int[rank];
      for (int i = 0; i < rank; i++) {
        dims[i] = 1 + random.nextInt(round % 10 == 0 ? 2 * L + 2 : 6);
      }
      long[] aStrides = strides(dims);
      long[] bStrides = strides(dims);
      Place a = Place.random(span(dims, aStrides), random);
      Place b = Place.random(span(dims, bStrides), random);
      int n = (int) LoopNest.count(dims);
      Place y = Place.floats(n);
      Place twin = Place.floats(n);
      Elementwise.binary(new Formulas.Sub(), a, aStrides, b, bStrides, y, dims);
      ScalarElementwise.binary(new Formulas.Sub(), a, aStrides, b, bStrides, twin, dims);
      assertArrayEquals(
          twin.toArray(),
          y.toArray(),
          () ->
              Arrays.toString(dims)
                  + " a "
                  + Arrays.toString(aStrides)
                  + " b "
                  + Arrays.toString(bStrides));
      Place.checkAll();
    }
  }

  @Test
  void largeBroadcastsEqualTheirTwins() {
    int[] dims = {37, 20, 65};
    long[] whole = LoopNest.contiguous(dims);
    long[][] others = {
      {0, 1, 0}, {0, 0, 1}, {20, 1, 0}, {65, 0, 1}, {0, 0, 0}, {1, 37, 37 * 20}, {20, 1, 37 * 20}
    };
    for (long[] strides : others) {
      Place a = Place.random(37 * 20 * 65, random);
      Place b = Place.random(37 * 20 * 65, random);
      Place y = Place.floats(37 * 20 * 65);
      Place twin = Place.floats(37 * 20 * 65);
      Elementwise.binary(new Formulas.Sub(), a, whole, b, strides, y, dims);
      ScalarElementwise.binary(new Formulas.Sub(), a, whole, b, strides, twin, dims);
      assertArrayEquals(twin.toArray(), y.toArray(), Arrays.toString(strides));
      Elementwise.binary(new Formulas.Sub(), b, strides, a, whole, y, dims);
      ScalarElementwise.binary(new Formulas.Sub(), b, strides, a, whole, twin, dims);
      assertArrayEquals(twin.toArray(), y.toArray(), Arrays.toString(strides));
    }
  }

  /** Strides of a permuted, sliced or broadcast operand. */
  private long[] strides(int[] dims) {
    Integer[] order = IntStream.range(0, dims.length).boxed().toArray(Integer[]::new);
    if (random.nextInt(3) == 0) {
      java.util.Collections.shuffle(Arrays.asList(order), random);
    }
    long[] strides = new long[dims.length];
    long stride = random.nextInt(4) == 0 ? 2 : 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      int dim = order[i];
      if (random.nextInt(4) == 0) {
        strides[dim] = 0;
      } else {
        strides[dim] = stride;
        stride *= dims[dim] + (random.nextInt(5) == 0 ? 1 : 0);
      }
    }
    return strides;
  }

  static long span(int[] dims, long[] strides) {
    long last = 0;
    for (int i = 0; i < dims.length; i++) {
      last += (dims[i] - 1) * strides[i];
    }
    return last + 1;
  }
}
