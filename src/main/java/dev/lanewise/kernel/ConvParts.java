package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the three passes of direct convolution share. */
final class ConvParts {
  /** Work that is worth a chunk of its own: about 20 µs. */
  private static final long CHUNK_MULTIPLY_ADDS = 2_000_000;

  private record TileKey(int channels, int width, Epilogue epilogue) {}

  private static final ConcurrentHashMap<TileKey, PixelBlocks> TILES = new ConcurrentHashMap<>();

  private ConvParts() {}

  static PixelBlocks tiles(int channels, int width, Epilogue epilogue) {
    return TILES.computeIfAbsent(
        new TileKey(channels, width, epilogue),
        key -> new PixelBlocks(key.channels, key.width, key.epilogue));
  }

  static int rowsPerChunk(long multiplyAddsPerRow, int rows) {
    return (int) Math.clamp(CHUNK_MULTIPLY_ADDS / Math.max(multiplyAddsPerRow, 1), 1, rows);
  }

  /**
   * The input with zeros left and right; above and below, the taps outside are left out instead.
   */
  static @Nullable Block pad(Operand x, Conv2dDims d) {
    if (d.padW() == 0) {
      return null;
    }
    long bytes = (long) d.blocks() * d.H() * d.paddedW() * d.C() * Lanes.BYTES;
    Block padded = Pool.global().allocate(bytes, "conv2d padding");
    Reorder.padLanes(x, new Place(padded), d.N(), d.C(), d.H(), d.W(), 0, 0, d.padW(), d.padW());
    return padded;
  }

  static void free(@Nullable Block block) {
    if (block != null) {
      block.free();
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
