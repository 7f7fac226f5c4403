package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.Place;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class PoolingTest {
  private final Random random = new Random(6);

  private static List<Pool2dDims> cases() {
    return List.of(
        new Pool2dDims(1, 1, 2, 2, 2, 2, 2, 2, 0, 0, 1, 1, false),
        new Pool2dDims(3, 6, 8, 8, 2, 2, 2, 2, 0, 0, 1, 1, false),
        new Pool2dDims(L + 1, 3, 7, 9, 2, 2, 2, 2, 0, 0, 1, 1, true),
        new Pool2dDims(2, 5, 7, 9, 2, 2, 2, 2, 0, 0, 1, 1, false),
        new Pool2dDims(2, 5, 7, 9, 2, 2, 1, 1, 1, 1, 1, 1, false),
        new Pool2dDims(2 * L + 1, 4, 9, 9, 3, 3, 2, 2, 1, 1, 1, 1, false),
        new Pool2dDims(L, 8, 9, 10, 3, 3, 2, 2, 0, 0, 1, 1, true),
        new Pool2dDims(2, 4, 9, 10, 3, 4, 3, 2, 1, 2, 1, 1, false),
        new Pool2dDims(L + 1, 8, 10, 9, 2, 2, 2, 2, 0, 0, 1, 1, false),
        new Pool2dDims(2, 4, 9, 11, 2, 3, 2, 2, 1, 1, 1, 1, true),
        new Pool2dDims(2, 12, 13, 8, 4, 3, 3, 2, 2, 1, 1, 1, false),
        new Pool2dDims(2, 3, 10, 11, 3, 2, 1, 2, 1, 0, 1, 1, true),
        new Pool2dDims(2, 3, 10, 11, 3, 3, 3, 2, 1, 1, 1, 1, true),
        new Pool2dDims(1, 2, 5, 4, 2, 3, 4, 5, 1, 1, 1, 1, true),
        new Pool2dDims(1, 2, 20, 18, 17, 16, 2, 1, 0, 0, 1, 1, false),
        new Pool2dDims(40, 6, 28, 28, 2, 2, 2, 2, 0, 0, 1, 1, false),
        // Rows so long that they are done in strips, which share vectors of places.
        new Pool2dDims(L, 35, 9, 700, 3, 3, 2, 2, 1, 1, 1, 1, false));
  }

  private static List<Pool2dDims> dilated() {
    return List.of(
        new Pool2dDims(2, 3, 9, 10, 2, 2, 2, 2, 0, 0, 2, 3, false),
        new Pool2dDims(2, 4, 12, 15, 2, 4, 2, 2, 1, 0, 2, 3, false),
        new Pool2dDims(2, 8, 13, 12, 4, 2, 3, 4, 2, 0, 2, 6, false),
        new Pool2dDims(3, 2, 9, 10, 3, 3, 1, 2, 1, 1, 2, 2, true));
  }

  private static long inputSize(Pool2dDims d) {
    return (long) d.blocks() * d.H() * d.W() * d.C() * L;
  }

  private static long outputSize(Pool2dDims d) {
    return (long) d.blocks() * d.OH() * d.OW() * d.C() * L;
  }

  private static final float[] RARE = {
    Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE
  };

  private void checkMaximum(Pool2dDims d, Place x, String what) {
    long outputs = outputSize(d);
    Place y = Place.floats(outputs);
    Place places = Place.bytes(Pooling.argmaxBytes(d));
    Place twin = Place.floats(outputs);
    Place twinPlaces = Place.floats(outputs);
    Pooling.maxForward(x, y, places, d);
    ScalarPooling.maxForward(x, twin, twinPlaces, d);
    assertArrayEquals(twin.toArray(), y.toArray(), what + " maximum " + d);
    Pooling.maxForward(x, y, null, d);
    assertArrayEquals(twin.toArray(), y.toArray(), what + " maximum alone " + d);

    Place dy = Place.random(outputs, random);
    Place dx = Place.floats(inputSize(d));
    Place twinDx = Place.floats(inputSize(d));
    Pooling.maxBackward(dy, places, dx, d);
    ScalarPooling.maxBackward(dy, twinPlaces, twinDx, d);
    Place.assertClose(twinDx.toArray(), dx.toArray(), 1e-6, what + " gradient " + d);

    Place g = Place.random(inputSize(d), random);
    Pooling.maxGather(g, places, y, d);
    ScalarPooling.maxGather(g, twinPlaces, twin, d);
    assertArrayEquals(twin.toArray(), y.toArray(), what + " gather " + d);
  }

  @Test
  void maximumEqualsItsTwin() {
    for (List<Pool2dDims> list : List.of(cases(), dilated())) {
      for (Pool2dDims d : list) {
        Place x = Place.random(inputSize(d), random);
        checkMaximum(d, x, "random");
        for (long i = 0; i < inputSize(d); i++) {
          int value = random.nextInt(30);
          x.set(i, value == 0 ? Float.NaN : value < 4 ? Float.NEGATIVE_INFINITY : value % 4);
        }
        checkMaximum(d, x, "ties");
        // Fast paths that give up at a NaN go on where there are none, or few.
        for (long i = 0; i < inputSize(d); i++) {
          x.set(i, random.nextInt(4));
        }
        checkMaximum(d, x, "ties of numbers");
        for (long i = 0; i < inputSize(d); i += 1 + random.nextInt(400)) {
          x.set(i, RARE[random.nextInt(RARE.length)]);
        }
        checkMaximum(d, x, "a rare NaN or infinity");
        Place.checkAll();
      }
    }
  }

  @Test
  void averageEqualsItsTwin() {
    for (Pool2dDims d : cases()) {
      Place x = Place.random(inputSize(d), random);
      Place dy = Place.random(outputSize(d), random);
      for (boolean countIncludePad : new boolean[] {true, false}) {
        for (int divisor : new int[] {0, 3}) {
          Place y = Place.floats(outputSize(d));
          Place twin = Place.floats(outputSize(d));
          Pooling.averageForward(x, y, d, countIncludePad, divisor);
          ScalarPooling.averageForward(x, twin, d, countIncludePad, divisor);
          // The largest window sums 272 elements to some 20, whose last place is 2e-6.
          Place.assertClose(twin.toArray(), y.toArray(), 1e-5, "average " + d);
          Place dx = Place.floats(inputSize(d));
          Place twinDx = Place.floats(inputSize(d));
          Pooling.averageBackward(dy, dx, d, countIncludePad, divisor);
          ScalarPooling.averageBackward(dy, twinDx, d, countIncludePad, divisor);
          Place.assertClose(twinDx.toArray(), dx.toArray(), 3e-6, "average gradient " + d);
        }
      }
      Place.checkAll();
    }
  }

  /** Sizes computed by PyTorch. */
  @Test
  void outputSizes() {
    assertEquals(3, new Pool2dDims(1, 1, 7, 7, 2, 2, 2, 2, 0, 0, 1, 1, false).OH());
    assertEquals(4, new Pool2dDims(1, 1, 7, 7, 2, 2, 2, 2, 0, 0, 1, 1, true).OH());
    // The last window would start in the padding behind, and is left out.
    assertEquals(3, new Pool2dDims(1, 1, 5, 5, 2, 2, 2, 2, 1, 1, 1, 1, true).OH());
    assertEquals(2, new Pool2dDims(1, 1, 3, 3, 1, 1, 3, 2, 0, 0, 1, 1, true).OW());
    assertEquals(0, new Pool2dDims(1, 1, 3, 3, 5, 5, 1, 1, 0, 0, 1, 1, false).OW());
  }

  /** Windows that are larger than the image leave nothing to be written. */
  @Test
  void nothingIsWrittenWhereNoWindowFits() {
    for (int kernel = 2; kernel < 4; kernel++) {
      Pool2dDims d = new Pool2dDims(2, 3, 2, 1, 2, kernel, 1, 1, 0, 0, 1, 1, false);
      assertEquals(0, outputSize(d));
      Pooling.maxForward(Place.random(inputSize(d), random), Place.floats(0), null, d);
    }
    Pool2dDims flat = new Pool2dDims(2, 3, 1, 9, 2, 2, 1, 1, 0, 0, 1, 1, false);
    assertEquals(0, outputSize(flat));
    Pooling.maxForward(Place.random(inputSize(flat), random), Place.floats(0), null, flat);
  }
}
