package dev.lanewise.kernel;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.pool.MaxPoolGradientRows;
import dev.lanewise.kernel.pool.MaxPoolRows;
import dev.lanewise.kernel.pool.MaxPoolTwins;
import dev.lanewise.kernel.pool.Pool2dDims;
import dev.lanewise.kernel.pool.Pooling;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The twins that do a loop's first calls, which other tests do without. */
@ExtendWith(Place.Guards.class)
class FirstCallsTest {
  private static final float[] SPECIAL = {
    -0f, 0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.MIN_VALUE
  };

  private final Random random = new Random(11);

  @Test
  void theLoopHasAShareUntilItIsFast() {
    FirstCalls first = new FirstCalls(true);
    assertTrue(first.vectorsNext());
    first.vectorsDone(1000, 16);
    assertFalse(first.vectorsNext());
    first.scalarsDone(1000L * FirstCalls.TWIN_SHARE - 1);
    assertFalse(first.vectorsNext());
    first.scalarsDone(1);
    assertTrue(first.vectorsNext());
    assertFalse(first.over());
    first.vectorsDone(16 * FirstCalls.HOT_NANOS_PER_ELEMENT - 1, 16);
    assertTrue(first.over());
  }

  @Test
  void theTwinIsForTheFirstMilliseconds() {
    FirstCalls first = new FirstCalls(true);
    first.scalarsDone(FirstCalls.TWIN_NANOS);
    assertFalse(first.over());
    first.scalarsDone(1);
    assertTrue(first.over());
    assertTrue(new FirstCalls(false).over());
  }

  /** Random floats, one in eight of them a special one. */
  private Place floats(long count) {
    Place place = Place.random(count, random);
    for (long i = 0; i < count; i++) {
      if (random.nextInt(8) == 0) {
        Mem.set(Operand.address(place) + i * 4, SPECIAL[random.nextInt(SPECIAL.length)]);
      }
    }
    return place;
  }

  private static int[] bits(Place floats) {
    float[] values = floats.toArray();
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static int[] numbers(Place floats) {
    float[] values = floats.toArray();
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }

  private static List<Pool2dDims> pools() {
    return List.of(
        new Pool2dDims(L, 6, 8, 8, 2, 2, 2, 2, 0, 0, 1, 1, false),
        new Pool2dDims(L, 4, 7, 9, 2, 2, 2, 2, 0, 0, 1, 1, true),
        new Pool2dDims(L, 8, 9, 9, 3, 3, 2, 2, 1, 1, 1, 1, false),
        new Pool2dDims(L, 4, 9, 9, 3, 3, 1, 1, 1, 1, 1, 1, false),
        new Pool2dDims(L, 5, 7, 9, 2, 2, 1, 1, 1, 1, 1, 1, false),
        new Pool2dDims(L, 2, 5, 4, 2, 3, 4, 5, 1, 1, 1, 1, true),
        new Pool2dDims(L, 2, 20, 18, 17, 16, 2, 1, 0, 0, 1, 1, false),
        new Pool2dDims(L, 3, 9, 10, 3, 3, 1, 2, 1, 1, 2, 2, true));
  }

  @Test
  void maximumPooling() {
    for (Pool2dDims d : pools()) {
      assertTrue(MaxPoolTwins.fit(d));
      Pooling.Argmax form = new Pooling.Argmax(d);
      long outputs = (long) d.OH() * d.OW() * d.C() * L;
      long inputs = (long) d.H() * d.W() * d.C() * L;
      long rowBytes = (long) d.OW() * d.C() * BYTES;
      Place x = floats(inputs);
      Place y = Place.floats(outputs);
      Place twinY = Place.floats(outputs);
      Place places = Place.floats(Pooling.argmaxBytes(d) / 4);
      Place twinPlaces = Place.floats(Pooling.argmaxBytes(d) / 4);
      for (int oh = 0; oh < d.OH(); oh++) {
        long to = oh * rowBytes;
        long toPlaces = oh * form.rowBytes();
        long from = Operand.address(x);
        MaxPoolRows.vectors(
            from, Operand.address(y) + to, Operand.address(places) + toPlaces, form, oh, d);
        MaxPoolTwins.forward(
            from, Operand.address(twinY) + to, Operand.address(twinPlaces) + toPlaces, form, oh, d);
      }
      assertArrayEquals(bits(y), bits(twinY), "y " + d);
      assertArrayEquals(bits(places), bits(twinPlaces), "places " + d);
      checkGradient(d, form, places, outputs, inputs);
    }
  }

  private void checkGradient(
      Pool2dDims d, Pooling.Argmax form, Place places, long outputs, long inputs) {
    Place dy = floats(outputs);
    Place dx = floats(inputs);
    Place twinDx = floats(inputs);
    MaxPoolGradientRows loops = new MaxPoolGradientRows(d, form);
    int[] windowRows = loops.rowEntries();
    for (int ih = 0; ih < d.H(); ih++) {
      long to = (long) ih * d.W() * d.C() * BYTES;
      long from = Operand.address(dy);
      long packed = Operand.address(places);
      loops.row(from, packed, Operand.address(dx) + to, ih, windowRows);
      loops.twin(from, packed, Operand.address(twinDx) + to, windowRows);
    }
    // -0 is not 0 here; of NaNs, which of two a sum keeps is left open.
    assertArrayEquals(numbers(dx), numbers(twinDx), "dx " + d);
  }

  @Test
  void transposes() {
    for (int rows : new int[] {1, L - 1, L}) {
      for (int columns : new int[] {1, L / 2 + 1, L}) {
        for (int written : new int[] {1, L / 2, L}) {
          long row = L + 3L;
          Place source = floats(row * L);
          Place target = Place.floats(row * L);
          Place twin = Place.floats(row * L);
          TileTranspose.vectors(
              Operand.address(source),
              row * 4,
              rows,
              columns,
              Operand.address(target),
              row * 4,
              written,
              L,
              Scratch.address());
          TileTranspose.scalars(
              Operand.address(source),
              row * 4,
              rows,
              columns,
              Operand.address(twin),
              row * 4,
              written,
              L);
          assertArrayEquals(bits(target), bits(twin), rows + "x" + columns + " to " + written);
        }
      }
    }
  }
}
