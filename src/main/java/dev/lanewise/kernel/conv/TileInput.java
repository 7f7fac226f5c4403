package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.vector.Lanes.F;

import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;

/**
 * Bᵀ x B of F(3x3, 2x2) in one pass, a tile of 4x4 pixels in registers from its loads to its
 * stores: 32 additions and no store between columns and rows, for which {@link WinogradTransform}
 * takes two loops. Bᵀ d is d2 - d0, d1 + d2, d2 - d1, d3 - d1 (see {@link CookToom}).
 */
final class TileInput {
  private TileInput() {}

  /**
   * Runs over some tiles that follow each other, two pixels apart. Point (i, j) of a tile is
   * written at {@code to + i * toRow + j * pixel}, the next tile four pixels further.
   *
   * @param from address of the first vector of the first tile
   * @param row bytes from a row of pixels to the next
   * @param pixel bytes from a pixel to the next
   * @param to address of the first point
   * @param toRow bytes from a row of points to the next
   * @param tiles how many
   */
  static void run(long from, long row, long pixel, long to, long toRow, int tiles) {
    for (int tile = 0; tile < tiles; tile++) {
      long a = from + 2L * tile * pixel & Mem.ADDRESS_BITS;
      FloatVector p = FloatVector.fromMemorySegment(F, Mem.ALL, a, Mem.ORDER);
      FloatVector q =
          FloatVector.fromMemorySegment(F, Mem.ALL, a + row & Mem.ADDRESS_BITS, Mem.ORDER);
      FloatVector r =
          FloatVector.fromMemorySegment(F, Mem.ALL, a + 2 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      FloatVector s =
          FloatVector.fromMemorySegment(F, Mem.ALL, a + 3 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      FloatVector v00 = r.sub(p);
      FloatVector v10 = q.add(r);
      FloatVector v20 = r.sub(q);
      FloatVector v30 = s.sub(q);
      a = a + pixel & Mem.ADDRESS_BITS;
      p = FloatVector.fromMemorySegment(F, Mem.ALL, a, Mem.ORDER);
      q = FloatVector.fromMemorySegment(F, Mem.ALL, a + row & Mem.ADDRESS_BITS, Mem.ORDER);
      r = FloatVector.fromMemorySegment(F, Mem.ALL, a + 2 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      s = FloatVector.fromMemorySegment(F, Mem.ALL, a + 3 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      FloatVector v01 = r.sub(p);
      FloatVector v11 = q.add(r);
      FloatVector v21 = r.sub(q);
      FloatVector v31 = s.sub(q);
      a = a + pixel & Mem.ADDRESS_BITS;
      p = FloatVector.fromMemorySegment(F, Mem.ALL, a, Mem.ORDER);
      q = FloatVector.fromMemorySegment(F, Mem.ALL, a + row & Mem.ADDRESS_BITS, Mem.ORDER);
      r = FloatVector.fromMemorySegment(F, Mem.ALL, a + 2 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      s = FloatVector.fromMemorySegment(F, Mem.ALL, a + 3 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      FloatVector v02 = r.sub(p);
      FloatVector v12 = q.add(r);
      FloatVector v22 = r.sub(q);
      FloatVector v32 = s.sub(q);
      a = a + pixel & Mem.ADDRESS_BITS;
      p = FloatVector.fromMemorySegment(F, Mem.ALL, a, Mem.ORDER);
      q = FloatVector.fromMemorySegment(F, Mem.ALL, a + row & Mem.ADDRESS_BITS, Mem.ORDER);
      r = FloatVector.fromMemorySegment(F, Mem.ALL, a + 2 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      s = FloatVector.fromMemorySegment(F, Mem.ALL, a + 3 * row & Mem.ADDRESS_BITS, Mem.ORDER);
      FloatVector v03 = r.sub(p);
      FloatVector v13 = q.add(r);
      FloatVector v23 = r.sub(q);
      FloatVector v33 = s.sub(q);
      long b0 = to + 4L * tile * pixel & Mem.ADDRESS_BITS;
      v02.sub(v00).intoMemorySegment(Mem.ALL, b0, Mem.ORDER);
      v01.add(v02).intoMemorySegment(Mem.ALL, b0 + pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v02.sub(v01).intoMemorySegment(Mem.ALL, b0 + 2 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v03.sub(v01).intoMemorySegment(Mem.ALL, b0 + 3 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      long b1 = b0 + toRow & Mem.ADDRESS_BITS;
      v12.sub(v10).intoMemorySegment(Mem.ALL, b1, Mem.ORDER);
      v11.add(v12).intoMemorySegment(Mem.ALL, b1 + pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v12.sub(v11).intoMemorySegment(Mem.ALL, b1 + 2 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v13.sub(v11).intoMemorySegment(Mem.ALL, b1 + 3 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      long b2 = b1 + toRow & Mem.ADDRESS_BITS;
      v22.sub(v20).intoMemorySegment(Mem.ALL, b2, Mem.ORDER);
      v21.add(v22).intoMemorySegment(Mem.ALL, b2 + pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v22.sub(v21).intoMemorySegment(Mem.ALL, b2 + 2 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v23.sub(v21).intoMemorySegment(Mem.ALL, b2 + 3 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      long b3 = b2 + toRow & Mem.ADDRESS_BITS;
      v32.sub(v30).intoMemorySegment(Mem.ALL, b3, Mem.ORDER);
      v31.add(v32).intoMemorySegment(Mem.ALL, b3 + pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v32.sub(v31).intoMemorySegment(Mem.ALL, b3 + 2 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
      v33.sub(v31).intoMemorySegment(Mem.ALL, b3 + 3 * pixel & Mem.ADDRESS_BITS, Mem.ORDER);
    }
  }
}
