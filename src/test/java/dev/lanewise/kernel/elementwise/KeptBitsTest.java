package dev.lanewise.kernel.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.kernel.Place;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class KeptBitsTest {
  private final Random random = new Random(1);

  private static int[] sizes() {
    int group = KeptBits.GROUP;
    return IntStream.concat(
            IntStream.of(ElementwiseTest.sizes()),
            IntStream.of(group - 1, group, group + 1, 100 * group, (1 << 18) + 3))
        .toArray();
  }

  @Test
  void equalsItsTwin() {
    for (int n : sizes()) {
      Place x = Place.random(n, random);
      Place y = Place.floats(n);
      Place twin = Place.floats(n);
      int bytes = (int) KeptBits.maskBytes(n);
      Place mask = Place.bytes(bytes);
      Place twinMask = Place.bytes(bytes);
      KeptBits.relu(x, mask, y, n);
      ScalarKeptBits.relu(x, twinMask, twin, n);
      assertArrayEquals(twin.toArray(), y.toArray(), "relu of " + n);

      Place dy = Place.random(n, random);
      KeptBits.select(dy, mask, y, n, 1.5f);
      ScalarKeptBits.select(dy, twinMask, twin, n, 1.5f);
      assertArrayEquals(twin.toArray(), y.toArray(), "gradient of " + n);
      ScalarKeptBits.select(dy, mask, twin, n, 1.5f);
      assertArrayEquals(twin.toArray(), y.toArray(), "the bits of " + n);
    }
  }

  @Test
  void inPlace() {
    for (int n : new int[] {1, KeptBits.GROUP + 3, 40000}) {
      Place x = Place.random(n, random);
      Place y = Place.floats(n);
      Place mask = Place.bytes((int) KeptBits.maskBytes(n));
      KeptBits.relu(x, mask, y, n);
      KeptBits.relu(x, mask, x, n);
      assertArrayEquals(y.toArray(), x.toArray());

      Place dy = Place.random(n, random);
      KeptBits.select(dy, mask, y, n, 1);
      KeptBits.select(dy, mask, dy, n, 1);
      assertArrayEquals(y.toArray(), dy.toArray());
    }
  }

  /** Zeros of both signs do not stay, NaN of both signs do. */
  @Test
  void valuesAtTheEdges() {
    float[] values = {
      0,
      -0f,
      Float.NaN,
      Float.intBitsToFloat(0xFFC00000),
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.MAX_VALUE
    };
    float[] repeated = new float[3 * KeptBits.GROUP];
    float[] stays = new float[repeated.length];
    for (int i = 0; i < repeated.length; i++) {
      float value = values[i % values.length];
      repeated[i] = value;
      stays[i] = value <= 0 ? 0 : 7;
    }
    int n = repeated.length;
    Place x = Place.of(repeated);
    Place y = Place.floats(n);
    Place mask = Place.bytes((int) KeptBits.maskBytes(n));
    KeptBits.relu(x, mask, y, n);
    for (int i = 0; i < n; i++) {
      repeated[i] = Math.max(repeated[i], 0);
    }
    assertArrayEquals(repeated, y.toArray());
    Elementwise.fill(x, 7, n);
    KeptBits.select(x, mask, y, n, 1);
    assertArrayEquals(stays, y.toArray());
  }
}
