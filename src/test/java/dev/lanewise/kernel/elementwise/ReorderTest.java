package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.Lanes;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class ReorderTest {
  private final Random random = new Random(3);

  private void check(int n, int c, int h, int w) {
    String what = n + " x " + c + " x " + h + " x " + w;
    Place plain = Place.random((long) n * c * h * w, random);
    int size = Lanes.roundUp(n) * c * h * w;
    Place lanes = Place.floats(size);
    Place twin = Place.floats(size);
    Reorder.toLanes(plain, lanes, n, c, h, w);
    ScalarReorder.toLanes(plain, twin, n, c, h, w);
    assertArrayEquals(twin.toArray(), lanes.toArray(), what);
    Place back = Place.floats((long) n * c * h * w);
    Reorder.fromLanes(lanes, back, n, c, h, w);
    assertArrayEquals(plain.toArray(), back.toArray(), what);
    Place twinBack = Place.floats((long) n * c * h * w);
    ScalarReorder.fromLanes(lanes, twinBack, n, c, h, w);
    assertArrayEquals(plain.toArray(), twinBack.toArray(), what);
    Place rows = Place.floats(size);
    ScalarReorder.toLanes(plain, twin, n, c * h * w, 1, 1);
    Reorder.features(lanes, rows, n, c, h * w, true);
    assertArrayEquals(twin.toArray(), rows.toArray(), "as features: " + what);
    Place images = Place.floats(size);
    Reorder.features(rows, images, n, c, h * w, false);
    assertArrayEquals(lanes.toArray(), images.toArray(), "as images: " + what);
  }

  @Test
  void lanesAndBack() {
    for (int n = 1; n <= 2 * L + 1; n++) {
      check(n, 1 + n % 4, 1 + n % 3, 1 + n % 7);
      Place.checkAll();
    }
    for (int pixels = 1; pixels <= 2 * L + 1; pixels++) {
      check(L + 1, 3, 1, pixels);
      check(3, pixels, 1, 1);
      check(3, 1, pixels, 1);
      Place.checkAll();
    }
    check(64, 6, 28, 28);
    check(33, 16, 5, 5);
  }

  @Test
  void paddingAndCropping() {
    int[][] borders = {
      {0, 0, 0, 0},
      {1, 1, 1, 1},
      {2, 0, 3, 1},
      {-1, -1, -1, -1},
      {-2, 1, 1, -3},
      {0, -4, 0, -5},
      {-5, 2, 0, 0},
      {7, -5, -6, 8}
    };
    for (int[] b : borders) {
      for (int n : new int[] {1, L, L + 2}) {
        int c = 3;
        int h = 5;
        int w = 6;
        Place lanes = Place.random((long) Lanes.roundUp(n) * c * h * w, random);
        int newH = h + b[0] + b[1];
        int newW = w + b[2] + b[3];
        Place padded = Place.floats((long) Lanes.roundUp(n) * c * newH * newW);
        Place twin = Place.floats((long) Lanes.roundUp(n) * c * newH * newW);
        Reorder.padLanes(lanes, padded, n, c, h, w, b[0], b[1], b[2], b[3]);
        ScalarReorder.padLanes(lanes, twin, n, c, h, w, b[0], b[1], b[2], b[3]);
        assertArrayEquals(twin.toArray(), padded.toArray(), java.util.Arrays.toString(b));
      }
    }
  }

  @Test
  void paddingLanesAreCleared() {
    for (int n = 1; n <= 2 * L + 1; n++) {
      for (int vectors : new int[] {1, 7, 3000}) {
        Place lanes = Place.random((long) Lanes.roundUp(n) * vectors, random);
        Place twin = lanes.copy();
        Reorder.clearPaddingLanes(lanes, n, vectors);
        ScalarReorder.clearPaddingLanes(twin, n, vectors);
        assertArrayEquals(twin.toArray(), lanes.toArray());
      }
      Place.checkAll();
    }
  }
}
