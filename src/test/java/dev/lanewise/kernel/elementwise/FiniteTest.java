package dev.lanewise.kernel.elementwise;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.Lanes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class FiniteTest {
  private static final float[] BAD = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};

  @Test
  void oneBadNumberIsFoundAnywhere() {
    for (int n = 0; n < 3 * Lanes.L + 2; n++) {
      Place x = Place.floats(n);
      for (int i = 0; i < n; i++) {
        x.set(i, i % 2 == 0 ? Float.MAX_VALUE : -0f);
      }
      assertTrue(Finite.all(x, n));
      for (int i = 0; i < n; i++) {
        float before = x.get(i);
        x.set(i, BAD[i % BAD.length]);
        assertFalse(Finite.all(x, n), "element " + i + " of " + n);
        x.set(i, before);
      }
    }
  }

  @Test
  void alsoInTheLastOfSeveralParts() {
    int n = 100_003;
    Place x = Place.floats(n);
    for (int i = 0; i < n; i++) {
      x.set(i, 3e38f);
    }
    assertTrue(Finite.all(x, n));
    x.set(n - 1, Float.NaN);
    assertFalse(Finite.all(x, n));
  }
}
