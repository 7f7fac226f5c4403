package dev.lanewise.kernel.reduce;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.ElementwiseTest;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class ReductionTest {
  private final Random random = new Random(4);

  private void check(int outer, int reduce, int inner) {
    String what = outer + " x " + reduce + " x " + inner;
    Place x = Place.random((long) outer * reduce * inner, random);
    int n = outer * inner;
    Place y = Place.floats(n);
    Place twin = Place.floats(n);
    Reduction.sum(x, y, outer, reduce, inner, 0.5f);
    ScalarReduction.sum(x, twin, outer, reduce, inner, 0.5f);
    // The error of a sum goes with the size of its terms, not with its own.
    double tolerance = 5e-7 * (1 + Math.sqrt(reduce));
    Place.assertClose(twin.toArray(), y.toArray(), tolerance, "sum of " + what);
    if (reduce <= 64) {
      Reduction.prod(x, y, outer, reduce, inner);
      ScalarReduction.prod(x, twin, outer, reduce, inner);
      Place.assertClose(twin.toArray(), y.toArray(), 1e-5, "product of " + what);
    }
    if (reduce > 0) {
      checkChoices(x, outer, reduce, inner, what);
      // Ties, and not-a-numbers.
      for (int i = 0; i < outer * reduce * inner; i++) {
        x.set(i, random.nextInt(40 * reduce) == 0 ? Float.NaN : random.nextInt(3));
      }
      checkChoices(x, outer, reduce, inner, what + " with ties");
    }
  }

  private static void checkChoices(Place x, int outer, int reduce, int inner, String what) {
    int n = outer * inner;
    Place y = Place.floats(n);
    Place twin = Place.floats(n);
    Place index = Place.longs(n);
    Place twinIndex = Place.longs(n);
    Reduction.max(x, y, null, outer, reduce, inner);
    ScalarReduction.max(x, twin, twinIndex, outer, reduce, inner);
    assertArrayEquals(twin.toArray(), y.toArray(), "maximum of " + what);
    Reduction.max(x, y, index, outer, reduce, inner);
    assertArrayEquals(twin.toArray(), y.toArray(), "maximum of " + what);
    assertArrayEquals(twinIndex.toLongs(), index.toLongs(), "argmax of " + what);
    Reduction.min(x, y, null, outer, reduce, inner);
    ScalarReduction.min(x, twin, twinIndex, outer, reduce, inner);
    assertArrayEquals(twin.toArray(), y.toArray(), "minimum of " + what);
    Reduction.min(x, y, index, outer, reduce, inner);
    assertArrayEquals(twin.toArray(), y.toArray(), "minimum of " + what);
    assertArrayEquals(twinIndex.toLongs(), index.toLongs(), "argmin of " + what);
  }

  @Test
  void rowsEqualTheirTwins() {
    for (int n : ElementwiseTest.sizes()) {
      check(1, n, 1);
      check(3, Math.min(n, 1000), 1);
      Place.checkAll();
    }
    for (int n = 4 * L - 1; n < 9 * L; n += 3) {
      check(2, n, 1);
    }
  }

  @Test
  void columnsEqualTheirTwins() {
    for (int n = 2; n <= 9 * L + 1; n += n < 2 * L + 2 ? 1 : 5) {
      check(1, 7, n);
      check(2, 1 + n, n);
      Place.checkAll();
    }
    check(2, 600, 5);
    check(2, 1500, 33);
    check(3, 20, 2500);
    check(5, 0, 3);
    check(5, 0, 1);
  }

  @Test
  void longSumsAreAccurate() {
    int n = 1 << 22;
    Place x = Place.floats(n);
    Place y = Place.floats(1);
    Elementwise.fill(x, 0.1f, n);
    Reduction.sum(x, y, 1, n, 1, 1);
    assertEquals((double) 0.1f * n, y.get(0), 2e-6 * n * 0.1);
    Place columns = Place.floats(2);
    Reduction.sum(x, columns, 1, n / 2, 2, 1);
    assertEquals((double) 0.1f * n / 2, columns.get(1), 2e-6 * n * 0.1);
  }

  @Test
  void lanesEqualTheirTwins() {
    for (int channels : new int[] {1, 3, 6, 17}) {
      for (int pixels : new int[] {1, 5, 600, 2000}) {
        Place x = Place.random((long) pixels * channels * L, random);
        Place y = Place.floats(channels);
        Place twin = Place.floats(channels);
        Reduction.sumLanes(x, y, pixels, channels);
        ScalarReduction.sumLanes(x, twin, pixels, channels);
        Place.assertClose(
            twin.toArray(), y.toArray(), 1e-6 * Math.sqrt(pixels * L), "channels " + channels);
      }
      Place.checkAll();
    }
  }

  @Test
  void nothingHasNoMaximum() {
    Place x = Place.floats(0);
    Place y = Place.floats(1);
    Place index = Place.longs(1);
    assertThrows(IllegalArgumentException.class, () -> Reduction.max(x, y, index, 1, 0, 1));
  }
}
