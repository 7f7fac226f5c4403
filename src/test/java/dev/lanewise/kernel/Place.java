package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An operand for tests: between guard bytes, and aligned to no more than its elements. A test that
 * is extended with {@link Guards} fails if it wrote to a guard.
 */
public final class Place implements Operand {
  private static final byte GUARD = 0x5a;
  private static final int GUARD_BYTES = 256;
  private static final float[] SPECIAL = {
    -0f, 0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.MIN_VALUE
  };
  private static final List<Place> ALL = new ArrayList<>();

  /** Ends a test with {@link #checkAll}. */
  public static final class Guards implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
      checkAll();
    }
  }

  private final Block block;
  private final long offset;
  private final long bytes;

  private Place(long bytes, int elementBytes) {
    this.bytes = bytes;
    block = Pool.global().allocate(bytes + 2 * GUARD_BYTES + 64, "test");
    offset = GUARD_BYTES + (long) (1 + ALL.size() % 3) * elementBytes;
    for (long i = 0; i < block.bytes(); i++) {
      Mem.ALL.set(ValueLayout.JAVA_BYTE, block.address() + i, GUARD);
    }
    ALL.add(this);
  }

  public static Place floats(long n) {
    return new Place(n * 4, 4);
  }

  public static Place longs(long n) {
    return new Place(n * 8, 8);
  }

  public static Place bytes(long n) {
    return new Place(n, 1);
  }

  public static Place of(float... values) {
    Place place = floats(values.length);
    for (int i = 0; i < values.length; i++) {
      place.set(i, values[i]);
    }
    return place;
  }

  public static Place ofLongs(long... values) {
    Place place = longs(values.length);
    for (int i = 0; i < values.length; i++) {
      Mem.ALL.set(Mem.LONG, Operand.address(place) + i * 8L, values[i]);
    }
    return place;
  }

  /** Normally distributed floats. */
  public static Place random(long n, Random random) {
    Place place = floats(n);
    for (long i = 0; i < n; i++) {
      place.set(i, (float) random.nextGaussian());
    }
    return place;
  }

  /** Normally distributed floats, one in eight of them a special one instead. */
  public static Place special(long n, Random random) {
    Place place = random(n, random);
    for (long i = 0; i < n; i++) {
      if (random.nextInt(8) == 0) {
        place.set(i, SPECIAL[random.nextInt(SPECIAL.length)]);
      }
    }
    return place;
  }

  /** A copy of floats. */
  public Place copy() {
    return of(toArray());
  }

  public float get(long i) {
    return Mem.get(Operand.address(this) + i * 4);
  }

  public void set(long i, float value) {
    Mem.set(Operand.address(this) + i * 4, value);
  }

  public float[] toArray() {
    float[] values = new float[(int) (bytes / 4)];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
    return values;
  }

  /** The bits of floats, those of a NaN as they are. */
  public int[] toBits() {
    int[] bits = new int[(int) (bytes / 4)];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(get(i));
    }
    return bits;
  }

  public long[] toLongs() {
    long[] values = new long[(int) (bytes / 8)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Mem.ALL.get(Mem.LONG, Operand.address(this) + i * 8L);
    }
    return values;
  }

  public byte[] toBytes() {
    byte[] values = new byte[(int) bytes];
    for (int i = 0; i < values.length; i++) {
      values[i] = Mem.ALL.get(ValueLayout.JAVA_BYTE, Operand.address(this) + i);
    }
    return values;
  }

  @Override
  public Block block() {
    return block;
  }

  @Override
  public long byteOffset() {
    return offset;
  }

  /** Checks the guards of all places made since the last call, and frees them. */
  public static void checkAll() {
    try {
      for (Place place : ALL) {
        place.check();
      }
    } finally {
      for (Place place : ALL) {
        place.block.free();
      }
      ALL.clear();
    }
  }

  private void check() {
    for (long i = 0; i < block.bytes(); i++) {
      if (i < offset || i >= offset + bytes) {
        long at = i;
        assertEquals(
            GUARD,
            Mem.ALL.get(ValueLayout.JAVA_BYTE, block.address() + i),
            () -> "byte " + (at - offset) + " of a place of " + bytes + " bytes was written");
      }
    }
  }

  /** Fails where two arrays differ by more than a tolerance, relative above 1. */
  public static void assertClose(float[] expected, float[] actual, double tolerance, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      boolean same = Float.compare(expected[i], actual[i]) == 0;
      double room = tolerance * Math.max(1, Math.abs(expected[i]));
      if (!same && !(Math.abs((double) expected[i] - actual[i]) <= room)) {
        int at = i;
        assertEquals(expected[i], actual[i], () -> what + ", element " + at);
      }
    }
  }
}
