package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.LoopNest;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class StridedCopyTest {
  private final Random random = new Random(2);

  @Test
  void copiesEqualTheirTwins() {
    for (int round = 0; round < 600; round++) {
      int[] dims = dims(round % 8 == 0 ? 3 * L : 7);
      long[] strides = strides(dims, true);
      int bytes = new int[] {1, 4, 8}[random.nextInt(3)];
      checkCopy(dims, strides, bytes);
      Place.checkAll();
    }
  }

  @Test
  void scattersEqualTheirTwins() {
    for (int round = 0; round < 600; round++) {
      int[] dims = dims(round % 8 == 0 ? 3 * L : 7);
      long[] strides = strides(dims, false);
      int bytes = new int[] {1, 4, 8}[random.nextInt(3)];
      checkScatter(dims, strides, bytes);
      Place.checkAll();
    }
  }

  @Test
  void largeTransposesEqualTheirTwins() {
    checkCopy(new int[] {200, 301}, new long[] {1, 200}, 4);
    checkCopy(new int[] {3, 64, 128}, new long[] {64 * 128, 1, 64}, 4);
    checkCopy(new int[] {64, 3, 128}, new long[] {1, 64 * 128, 64}, 8);
    checkScatter(new int[] {200, 301}, new long[] {1, 200}, 4);
    checkScatter(new int[] {3, 64, 128}, new long[] {64 * 128, 1, 64}, 4);
    checkCopy(new int[] {300, 200}, new long[] {0, 1}, 4);
    checkCopy(new int[] {300, 200}, new long[] {1, 0}, 4);
  }

  @Test
  void nothingIsCopiedOfNothing() {
    Place x = Place.floats(0);
    StridedCopy.copy(x, new long[] {5, 1}, new int[] {0, 5}, x, 4);
    StridedCopy.scatterAdd(x, x, new long[] {5, 1}, new int[] {3, 0});
  }

  @Test
  void otherElementSizesAreRefused() {
    Place x = Place.floats(1);
    assertThrows(
        IllegalArgumentException.class, () -> StridedCopy.copy(x, new long[0], new int[0], x, 2));
  }

  private void checkCopy(int[] dims, long[] strides, int bytes) {
    Place x = randomBytes(ElementwiseTest.span(dims, strides) * bytes, bytes);
    int n = (int) LoopNest.count(dims);
    Place y = Place.bytes((long) n * bytes);
    Place twin = Place.bytes((long) n * bytes);
    StridedCopy.copy(x, strides, dims, y, bytes);
    ScalarStridedCopy.copy(x, strides, dims, twin, bytes);
    assertArrayEquals(
        twin.toBytes(),
        y.toBytes(),
        () -> bytes + ": " + Arrays.toString(dims) + " by " + Arrays.toString(strides));
  }

  private void checkScatter(int[] dims, long[] strides, int bytes) {
    long span = ElementwiseTest.span(dims, strides);
    Place x = randomBytes(LoopNest.count(dims) * bytes, bytes);
    Place y = Place.bytes(span * bytes);
    Place twin = Place.bytes(span * bytes);
    StridedCopy.scatter(x, y, strides, dims, bytes);
    ScalarStridedCopy.scatter(x, twin, strides, dims, bytes);
    String what = bytes + ": " + Arrays.toString(dims) + " by " + Arrays.toString(strides);
    assertArrayEquals(twin.toBytes(), y.toBytes(), what);
    if (bytes == 4) {
      Place terms = Place.random(LoopNest.count(dims), random);
      Place sums = Place.random(span, random);
      Place twinSums = sums.copy();
      StridedCopy.scatterAdd(terms, sums, strides, dims);
      ScalarStridedCopy.scatterAdd(terms, twinSums, strides, dims);
      assertArrayEquals(twinSums.toArray(), sums.toArray(), what);
    }
  }

  private Place randomBytes(long n, int elementBytes) {
    Place place = elementBytes == 8 ? Place.longs(n / 8) : Place.bytes(n);
    for (long i = 0; i < n; i++) {
      Mem.ALL.set(ValueLayout.JAVA_BYTE, Operand.address(place) + i, (byte) random.nextInt());
    }
    return place;
  }

  private int[] dims(int most) {
    int[] dims = new int[random.nextInt(5)];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = 1 + random.nextInt(i < 2 ? most : 5);
    }
    return dims;
  }

  /** Strides of a permuted or sliced view, if wished one that repeats elements. */
  private long[] strides(int[] dims, boolean mayRepeat) {
    Integer[] order = IntStream.range(0, dims.length).boxed().toArray(Integer[]::new);
    if (random.nextBoolean()) {
      Collections.shuffle(Arrays.asList(order), random);
    }
    long[] strides = new long[dims.length];
    long stride = random.nextInt(5) == 0 ? 3 : 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      int dim = order[i];
      if (mayRepeat && random.nextInt(5) == 0) {
        strides[dim] = 0;
      } else {
        strides[dim] = stride;
        stride *= dims[dim] + (random.nextInt(5) == 0 ? 2 : 0);
      }
    }
    return strides;
  }
}
