package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Reorders between the plain layout (N, C, H, W in row-major order) and that of batch lanes, {@code
 * [ceil(N/L)][H][W][C][L]}: L images stand side by side in the lanes of a vector. The lanes of the
 * last block beyond N are zero.
 */
public final class Reorder {
  private Reorder() {}

  /**
   * Plain to batch lanes.
   *
   * @param plain n * c * h * w floats
   * @param lanes ceil(n/L) * h * w * c * L floats, overwritten
   * @param n images
   * @param c channels
   * @param h rows
   * @param w columns
   */
  public static void toLanes(Operand plain, Operand lanes, int n, int c, int h, int w) {
    reorder(Operand.address(plain), Operand.address(lanes), n, c, Math.multiplyExact(h, w), true);
  }

  /**
   * Batch lanes to plain, the inverse of {@link #toLanes}.
   *
   * @param lanes ceil(n/L) * h * w * c * L floats
   * @param plain n * c * h * w floats, overwritten
   * @param n images
   * @param c channels
   * @param h rows
   * @param w columns
   */
  public static void fromLanes(Operand lanes, Operand plain, int n, int c, int h, int w) {
    reorder(Operand.address(plain), Operand.address(lanes), n, c, Math.multiplyExact(h, w), false);
  }

  private static void reorder(
      long plain, long lanes, int n, int channels, int pixels, boolean toLanes) {
    // With one channel or one pixel both orders of (channel, pixel) are the same.
    boolean line = channels == 1 || pixels == 1;
    int c = line ? 1 : channels;
    int p = line ? channels * pixels : pixels;
    int tiles = Math.ceilDiv(p, L);
    Chunks.run(
        (long) Math.ceilDiv(n, L) * c * tiles,
        (long) L * L,
        (from, to) -> {
          long buffer = Scratch.address();
          for (long item = from; item < to; item++) {
            // Neighbouring channels one after the other: they are neighbours in the lanes, too.
            long channel = item % c;
            int tile = (int) (item / c % tiles);
            long block = item / c / tiles;
            int images = (int) Math.min(L, n - block * L);
            // The last tile moves back to be a whole one, if there is room: it writes some
            // elements again, with the same values.
            int pixel = Math.max(0, Math.min(tile * L, p - L));
            int columns = Math.min(L, p - pixel);
            long plainTile = plain + ((block * L * c + channel) * p + pixel) * 4;
            long plainRow = (long) c * p * 4;
            long lanesTile = lanes + ((block * p + pixel) * c + channel) * BYTES;
            long lanesRow = (long) c * BYTES;
            if (toLanes) {
              TileTranspose.run(
                  plainTile, plainRow, images, columns, lanesTile, lanesRow, columns, L, buffer);
            } else {
              TileTranspose.run(
                  lanesTile, lanesRow, columns, L, plainTile, plainRow, images, columns, buffer);
            }
          }
        });
  }

  /**
   * Images in batch lanes as rows of features, and back: whole vectors change their places, from
   * channel after channel in each pixel to pixel after pixel in each channel.
   *
   * @param from ceil(n/L) * c * pixels * L floats
   * @param to as many, overwritten
   * @param n images
   * @param c channels
   * @param pixels rows times columns
   * @param toFeatures from images to rows of features, or the other way round
   */
  public static void features(
      Operand from, Operand to, int n, int c, int pixels, boolean toFeatures) {
    long x = Operand.address(from);
    long y = Operand.address(to);
    // Both ways are a transpose: of [pixels][c] and of [c][pixels] vectors.
    int rows = toFeatures ? pixels : c;
    int columns = toFeatures ? c : pixels;
    Chunks.run(
        (long) Math.ceilDiv(n, L) * columns,
        (long) rows * L,
        (first, last) -> {
          for (long item = first; item < last; item++) {
            long block = item / columns * rows * columns;
            long column = item % columns;
            gather(
                x + (block + column) * BYTES,
                (long) columns * BYTES,
                rows,
                y + (block + column * rows) * BYTES);
          }
        });
  }

  private static void gather(long from, long stride, int vectors, long to) {
    for (int i = 0; i < vectors; i++) {
      FloatVector.fromMemorySegment(F, Mem.ALL, from + i * stride, Mem.ORDER)
          .intoMemorySegment(Mem.ALL, to + (long) i * BYTES, Mem.ORDER);
    }
  }

  /**
   * Copies images in batch lanes into a zero border.
   *
   * @param lanes images of h x w pixels
   * @param padded images of (top + h + bottom) x (left + w + right) pixels, overwritten
   * @param n images
   * @param c channels
   * @param h rows of an image
   * @param w columns of an image
   * @param top rows added above; negative amounts, here and below, cut away as many
   * @param bottom rows added below
   * @param left columns added on the left
   * @param right columns added on the right
   */
  public static void padLanes(
      Operand lanes,
      Operand padded,
      int n,
      int c,
      int h,
      int w,
      int top,
      int bottom,
      int left,
      int right) {
    long x = Operand.address(lanes);
    long y = Operand.address(padded);
    int newH = top + h + bottom;
    int newW = left + w + right;
    if (newH <= 0 || newW <= 0) {
      return;
    }
    int before = Math.clamp(left, 0, newW) * c;
    int after = Math.clamp(right, 0, newW) * c;
    int inside = newW * c - before - after;
    int firstColumn = Math.max(0, -left);
    Chunks.run(
        (long) Math.ceilDiv(n, L) * newH,
        (long) newW * c * L,
        (from, to) -> {
          for (long item = from; item < to; item++) {
            long row = item % newH - top;
            long target = y + item * newW * c * BYTES;
            if (row < 0 || row >= h || inside <= 0) {
              VectorMemory.zeroVectors(target, newW * c);
              continue;
            }
            long source = x + ((item / newH * h + row) * w + firstColumn) * c * BYTES;
            VectorMemory.zeroVectors(target, before);
            VectorMemory.copyVectors(source, target + (long) before * BYTES, inside);
            VectorMemory.zeroVectors(target + (long) (before + inside) * BYTES, after);
          }
        });
  }

  /**
   * Sets the lanes of the last block that belong to no image to zero. Kernels whose result for zero
   * is not zero need it after them.
   *
   * @param lanes ceil(n/L) * vectorsPerBlock * L floats
   * @param n images
   * @param vectorsPerBlock h * w * c
   */
  public static void clearPaddingLanes(Operand lanes, int n, long vectorsPerBlock) {
    int used = n % L;
    if (used == 0) {
      return;
    }
    long address = Operand.address(lanes) + n / L * vectorsPerBlock * BYTES;
    Chunks.run(
        vectorsPerBlock, L, (from, to) -> clear(address + from * BYTES, (int) (to - from), used));
  }

  private static void clear(long address, int vectors, int used) {
    VectorMask<Float> padding = F.indexInRange(0, used).not();
    for (int i = 0; i < vectors; i++) {
      long at = address + (long) i * BYTES;
      FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER)
          .blend(0, padding)
          .intoMemorySegment(Mem.ALL, at, Mem.ORDER);
    }
  }
}
