package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.Operand;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The loops that serve at first give the bits of those over vectors; other tests do without. */
@ExtendWith(Place.Guards.class)
class MaxPoolTwinsTest {
  private final Random random = new Random(11);

  private static List<Pool2dDims> pools() {
    return List.of(
        new Pool2dDims(L, 6, 8, 8, 2, 2, 2, 2, 0, 0, 1, 1, false),
        new Pool2dDims(L, 4, 7, 9, 2, 2, 2, 2, 0, 0, 1, 1, true),
        new Pool2dDims(L, 8, 9, 9, 3, 3, 2, 2, 1, 1, 1, 1, false),
        new Pool2dDims(L, 8, 10, 12, 3, 3, 2, 2, 0, 0, 1, 1, true),
        new Pool2dDims(L, 4, 13, 8, 4, 3, 3, 2, 2, 1, 1, 1, false),
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
      Place x = Place.special(inputs, random);
      Place y = Place.floats(outputs);
      Place twinY = Place.floats(outputs);
      Place places = Place.floats(Pooling.argmaxBytes(d) / 4);
      Place twinPlaces = Place.floats(Pooling.argmaxBytes(d) / 4);
      for (int oh = 0; oh < d.OH(); oh++) {
        long to = oh * rowBytes;
        long toPlaces = oh * form.rowBytes();
        long from = Operand.address(x);
        long rowY = Operand.address(y) + to;
        long twinRowY = Operand.address(twinY) + to;
        long row = Operand.address(places) + toPlaces;
        long twinRow = Operand.address(twinPlaces) + toPlaces;
        // In two parts, the second of which begins at another column in each row.
        int middle = oh % d.OW();
        MaxPoolRows.vectors(from, rowY, row, form, oh, 0, d.OW() - middle, d);
        MaxPoolRows.vectors(from, rowY, row, form, oh, d.OW() - middle, d.OW(), d);
        if (middle > 0) {
          MaxPoolTwins.forward(from, twinRowY, twinRow, form, oh, 0, middle, d);
        }
        MaxPoolTwins.forward(from, twinRowY, twinRow, form, oh, middle, d.OW(), d);
      }
      assertArrayEquals(y.toBits(), twinY.toBits(), "y " + d);
      assertArrayEquals(places.toBits(), twinPlaces.toBits(), "places " + d);
      checkGradient(d, form, places, outputs, inputs);
    }
  }

  private void checkGradient(
      Pool2dDims d, Pooling.Argmax form, Place places, long outputs, long inputs) {
    Place dy = Place.special(outputs, random);
    Place dx = Place.special(inputs, random);
    Place twinDx = Place.special(inputs, random);
    MaxPoolGradientRows loops = new MaxPoolGradientRows(d, form);
    int[][] entries = loops.rowEntries();
    for (int band = 0; band < loops.bands(); band++) {
      long from = Operand.address(dy);
      long packed = Operand.address(places);
      loops.band(from, packed, Operand.address(dx), band, entries);
      loops.twin(from, packed, Operand.address(twinDx), band, entries);
    }
    // -0 is not 0 here; of NaNs, which of two a sum keeps is left open.
    assertArrayEquals(dx.toArray(), twinDx.toArray(), "dx " + d);
  }
}
