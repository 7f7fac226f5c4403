package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;

/** What the passes of direct convolution share, and those of Winograd along the rows. */
final class ConvParts {
  private record TileKey(int channels, int width, long steps, Epilogue epilogue) {}

  private static final ConcurrentHashMap<TileKey, PixelBlocks> TILES = new ConcurrentHashMap<>();

  private ConvParts() {}

  static PixelBlocks tiles(int channels, int width, long steps, Epilogue epilogue) {
    return TILES.computeIfAbsent(
        new TileKey(channels, width, steps, epilogue),
        key -> new PixelBlocks(key.channels, key.width, key.steps, key.epilogue));
  }

  /**
   * Copies a part of one image, with zeros where it has no column. Rows that it does not have are
   * left as they are.
   *
   * @param image [height][width][channels][L]
   * @param top the first row, which may be negative
   * @param left the first column, which may be negative
   * @param target [rows][columns][channels][L]
   */
  static void copy(
      long image,
      int height,
      int width,
      int channels,
      int top,
      int rows,
      int left,
      int columns,
      long target) {
    long pixel = (long) channels * Lanes.BYTES;
    int before = Math.clamp(-left, 0, columns);
    int inside = Math.clamp(width - left - before, 0, columns - before);
    int after = columns - before - inside;
    for (int y = Math.max(0, -top); y < rows && top + y < height; y++) {
      long to = target + (long) y * columns * pixel;
      VectorMemory.zeroVectors(to, before * channels);
      VectorMemory.copyVectors(
          image + ((long) (top + y) * width + left + before) * pixel,
          to + before * pixel,
          inside * channels);
      VectorMemory.zeroVectors(to + (before + inside) * pixel, after * channels);
    }
  }

  /**
   * Reads what comes from memory, a word of each line, before blocks do. A block asks for two lines
   * or so a step, and the prefetcher begins anew in each page of 4 KB; many independent loads keep
   * memory busy.
   *
   * @param to where something is written that depends on all words, so that they are read
   */
  static void fetch(long from, long bytes, long to) {
    int all = 0;
    for (int line = 0; line < (int) (bytes >> 6); line++) {
      all |= Mem.ALL.get(Mem.INT, from + ((long) line << 6));
    }
    Mem.ALL.set(Mem.INT, to, all);
  }

  /**
   * Adds the partial sums of tasks, one after the other, to those of the first.
   *
   * @param at the first task's sums
   * @param vectors of them
   * @param parts tasks
   * @param partBytes from one task's sums to those of the next
   */
  static void addPartials(long at, int vectors, int parts, long partBytes) {
    for (int i = 0; i < vectors && parts > 1; i++) {
      long address = at + (long) i * Lanes.BYTES;
      FloatVector sum = FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, address, Mem.ORDER);
      for (int p = 1; p < parts; p++) {
        long other = address + p * partBytes;
        sum = sum.add(FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, other, Mem.ORDER));
      }
      sum.intoMemorySegment(Mem.ALL, address, Mem.ORDER);
    }
  }

  /** A block of the pool as an operand. */
  record Place(Block block) implements Operand {
    @Override
    public long byteOffset() {
      return 0;
    }
  }
}
