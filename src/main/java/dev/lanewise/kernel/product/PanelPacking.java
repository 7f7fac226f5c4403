package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Brings one side of a matrix product into the order in which a block kernel reads it: panels of a
 * few rows (or columns), in each panel step after step, the rows of one step side by side.
 *
 * <p>A vector may be wider than what is left of a step. It is then stored whole, over the beginning
 * of the next step, which is written later: the columns of a step are filled from the last vector
 * to the first, and steps in ascending order. So whole vectors are written nearly everywhere, up to
 * {@link #SLACK_BYTES} past the last panel.
 */
final class PanelPacking {
  /** Bytes of working memory that {@link #pack} wants. */
  static final int BUFFER_BYTES = 2 * L * BYTES;

  /**
   * Whether the rows of a panel of two vectors are read once, one after the other, before they are
   * turned. Thirty-two rows read side by side are more streams than Zen 4 fetches ahead; sixteen
   * are not. Where the third level is far it takes a fifth longer.
   */
  private static final boolean READS_ROWS_FIRST = Caches.NEAR_THIRD_LEVEL;

  /** Bytes past the end of the panels that may be written. */
  static final int SLACK_BYTES = BYTES;

  private PanelPacking() {}

  /**
   * Packs {@code count} rows of {@code depth} steps. A last panel that is not full is filled up
   * with zeros.
   *
   * @param source address of row 0, step 0
   * @param stride bytes between rows if the steps of a row are adjacent, else bytes between steps
   * @param stepsAdjacent whether the steps of a row are adjacent, or the rows of a step
   * @param width rows of a panel
   * @param target where the panels go, each of width * depth floats
   * @param buffer {@link #BUFFER_BYTES} of working memory
   */
  static void pack(
      long source,
      long stride,
      boolean stepsAdjacent,
      int count,
      int depth,
      int width,
      long target,
      long buffer) {
    pack(source, stride, stepsAdjacent, count, depth, depth, width, target, buffer);
  }

  /**
   * The same with some room between the panels: where many panels are written at a time, they
   * should not begin in the same set of a cache.
   *
   * @param pitch steps from the beginning of a panel to that of the next
   */
  private static void pack(
      long source,
      long stride,
      boolean stepsAdjacent,
      int count,
      int depth,
      int pitch,
      int width,
      long target,
      long buffer) {
    int done = 0;
    if (!stepsAdjacent && (width <= L || width == 2 * L)) {
      done = count / width;
      copyRows(source, stride, done, depth, pitch, width, target);
      done *= width;
    }
    for (int first = done; first < count; first += width) {
      long panel = target + (long) first * pitch * Float.BYTES;
      int left = count - first;
      if (left < width) {
        zero(panel, width * depth);
      }
      if (stepsAdjacent) {
        if (READS_ROWS_FIRST && width > L) {
          read(source + first * stride, stride, Math.min(left, width), depth, buffer);
        }
        transpose(source + first * stride, stride, left, depth, width, panel, buffer);
      } else {
        copy(source + (long) first * Float.BYTES, stride, left, depth, width, panel);
      }
    }
  }

  /**
   * The same, but a last panel that is not full is only as wide as it has to be.
   *
   * @param pitch steps from the beginning of a panel to that of the next
   * @param lastWidth what its width is a multiple of
   */
  static void packNarrowLast(
      long source,
      long stride,
      boolean stepsAdjacent,
      int count,
      int depth,
      int pitch,
      int width,
      int lastWidth,
      long target,
      long buffer) {
    int full = count / width * width;
    pack(source, stride, stepsAdjacent, full, depth, pitch, width, target, buffer);
    if (full < count) {
      pack(
          source + full * (stepsAdjacent ? stride : Float.BYTES),
          stride,
          stepsAdjacent,
          count - full,
          depth,
          pitch,
          (count - full + lastWidth - 1) / lastWidth * lastWidth,
          target + (long) full * pitch * Float.BYTES,
          buffer);
    }
  }

  /**
   * Full panels, the rows of a step being adjacent: a step of all panels, then the next. Memory is
   * read along its lines so, which is faster than panel by panel where steps are some kilobytes
   * apart: a product of 128 by 12544 by 1152 takes an eighth less time.
   */
  private static void copyRows(
      long source, long stride, int panels, int depth, int pitch, int width, long target) {
    long step = (long) width * Float.BYTES;
    for (int k = 0; k < depth; k++) {
      if (width == 2 * L) {
        copyStepOfPairs(source + k * stride, panels, target + k * step, step * pitch);
      } else {
        copyStep(source + k * stride, panels, width, target + k * step, step * pitch);
      }
    }
  }

  static void copyStepOfPairs(long source, int panels, long target, long panel) {
    for (int i = 0; i < panels; i++) {
      long from = source + 2L * BYTES * i & Mem.ADDRESS_BITS;
      long to = target + panel * i & Mem.ADDRESS_BITS;
      FloatVector low = FloatVector.fromMemorySegment(F, ALL, from, ORDER);
      FloatVector high = FloatVector.fromMemorySegment(F, ALL, from + BYTES, ORDER);
      low.intoMemorySegment(ALL, to, ORDER);
      high.intoMemorySegment(ALL, to + BYTES, ORDER);
    }
  }

  private static void copyStep(long source, int panels, int width, long target, long panel) {
    VectorMask<Float> mask = F.indexInRange(0, width);
    long step = (long) width * Float.BYTES;
    for (int i = 0; i < panels; i++) {
      long from = source + step * i & Mem.ADDRESS_BITS;
      FloatVector.fromMemorySegment(F, ALL, from, ORDER, mask)
          .intoMemorySegment(ALL, target + panel * i & Mem.ADDRESS_BITS, ORDER, mask);
    }
  }

  /** One panel, the rows of a step being adjacent: {@code left} can be read, in every step. */
  private static void copy(long source, long stride, int left, int depth, int width, long panel) {
    long step = (long) width * Float.BYTES;
    for (int column = (width - 1) / L * L; column >= 0; column -= L) {
      long offset = (long) column * Float.BYTES;
      if (left - column >= L) {
        copyVectors(source + offset, stride, depth, panel + offset, step);
      } else if (left > column) {
        copyPart(
            source + offset,
            stride,
            depth,
            panel + offset,
            step, //
            Math.min(left, width) - column);
      }
    }
  }

  static void copyPairs(long source, long stride, int depth, long panel, long step) {
    for (int k = 0; k < depth; k++) {
      long from = source + k * stride;
      long to = panel + k * step;
      FloatVector low = FloatVector.fromMemorySegment(F, ALL, from, ORDER);
      FloatVector high = FloatVector.fromMemorySegment(F, ALL, from + BYTES, ORDER);
      low.intoMemorySegment(ALL, to, ORDER);
      high.intoMemorySegment(ALL, to + BYTES, ORDER);
    }
  }

  private static void copyVectors(long source, long stride, int depth, long panel, long step) {
    for (int k = 0; k < depth; k++) {
      FloatVector.fromMemorySegment(F, ALL, source + k * stride, ORDER)
          .intoMemorySegment(ALL, panel + k * step, ORDER);
    }
  }

  static void copyPart(long source, long stride, int depth, long panel, long step, int lanes) {
    VectorMask<Float> mask = F.indexInRange(0, lanes);
    for (int k = 0; k < depth; k++) {
      FloatVector.fromMemorySegment(F, ALL, source + k * stride, ORDER, mask)
          .intoMemorySegment(ALL, panel + k * step, ORDER, mask);
    }
  }

  /**
   * Brings rows to the caches.
   *
   * @param sum where their sum goes, a vector, for what nobody uses the compiler would not read
   */
  static void read(long source, long stride, int rows, int depth, long sum) {
    FloatVector even = FloatVector.zero(F);
    FloatVector odd = even;
    for (int row = 0; row < rows; row++) {
      long from = source + row * stride;
      for (int k = 0; k <= depth - 2 * L; k += 2 * L) {
        long at = from + k * (long) Float.BYTES & Mem.ADDRESS_BITS;
        even = even.add(FloatVector.fromMemorySegment(F, ALL, at, ORDER));
        odd = odd.add(FloatVector.fromMemorySegment(F, ALL, at + BYTES, ORDER));
      }
    }
    even.add(odd).intoMemorySegment(ALL, sum, ORDER);
  }

  /** One panel, the steps of a row being adjacent: {@code left} rows can be read. */
  static void transpose(
      long source, long stride, int left, int depth, int width, long panel, long buffer) {
    long step = (long) width * Float.BYTES;
    for (int done = 0; done < depth; done += L) {
      // The last tile overlaps the one before it rather than being a part.
      int k = Math.max(0, Math.min(done, depth - L));
      int steps = Math.min(L, depth - k);
      for (int row = (width - 1) / L * L; row >= 0; row -= L) {
        int rows = Math.min(L, left - row);
        if (rows > 0) {
          TileTranspose.run(
              source + row * stride + (long) k * Float.BYTES,
              stride,
              rows,
              steps,
              panel + k * step + (long) row * Float.BYTES,
              step,
              steps,
              rows == L ? L : Math.min(rows, width - row),
              buffer);
        }
      }
    }
  }

  /** Sets adjacent floats to zero. */
  static void zero(long target, int floats) {
    int bound = F.loopBound(floats);
    for (int i = 0; i < bound; i += L) {
      FloatVector.zero(F).intoMemorySegment(ALL, target + (long) i * Float.BYTES, ORDER);
    }
    for (int i = bound; i < floats; i++) {
      Mem.set(target + (long) i * Float.BYTES, 0);
    }
  }

  /** Multiplies adjacent floats by a factor. */
  static void scale(long target, int floats, float factor) {
    FloatVector factors = FloatVector.broadcast(F, factor);
    int bound = F.loopBound(floats);
    for (int i = 0; i < bound; i += L) {
      long at = target + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F, ALL, at, ORDER)
          .mul(factors)
          .intoMemorySegment(ALL, at, ORDER);
    }
    for (int i = bound; i < floats; i++) {
      long at = target + (long) i * Float.BYTES;
      Mem.set(at, Mem.get(at) * factor);
    }
  }
}
