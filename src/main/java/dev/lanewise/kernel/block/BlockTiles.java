package dev.lanewise.kernel.block;

import dev.lanewise.kernel.block.BlockKernels.Tile;
import dev.lanewise.kernel.vector.Lanes;
import java.util.concurrent.ConcurrentHashMap;

/** Chooses the block that covers an area of rows and vectors in the fewest cycles. */
public final class BlockTiles {
  private static final int MOST_VECTORS = 6;

  /** Beyond the multiply-adds: pointers, loop control, and loads that find their ports taken. */
  private static final double CYCLES_PER_STEP = 2;

  private static final double CYCLES_PER_ROW = 1 / 16.0;

  /**
   * Weights of a step stay in L1, but vectors stream from L2. Measured
   * (docs/notes/block-kernels.md): 13x2 and 14x2 are faster than 6x4 and 9x3, which read more
   * vectors for the same multiply-adds.
   */
  private static final double CYCLES_PER_VECTOR = 0.3;

  private static final double CYCLES_PER_CALL = 30;

  /** What was asked before: every step of a training asks again. */
  private static final ConcurrentHashMap<Area, Tile> CHOSEN = new ConcurrentHashMap<>();

  private record Area(int rows, int vectors, long steps) {}

  private BlockTiles() {}

  /**
   * The best block, rows being cut as {@link RowBlocks#even} cuts them. The model is that of
   * docs/notes/block-kernels.md: two multiply-adds and two loads a cycle, no less than the latency
   * of four cycles a step, a little for every step and load, and the start and end of a call shared
   * by its steps.
   *
   * @param rows of the area
   * @param vectors of the area
   * @param steps of one call
   */
  public static Tile choose(int rows, int vectors, long steps) {
    Area area = new Area(rows, vectors, steps);
    Tile known = CHOSEN.get(area);
    return known != null ? known : CHOSEN.computeIfAbsent(area, BlockTiles::search);
  }

  private static Tile search(Area area) {
    Tile best = new Tile(1, 1);
    double least = Double.MAX_VALUE;
    for (int r = 1; r <= Math.min(area.rows, Lanes.REGISTERS); r++) {
      RowBlocks blocks = RowBlocks.even(area.rows, r);
      if (blocks.high() < r) {
        continue; // as with fewer rows
      }
      for (int v = 1; v <= Math.min(area.vectors, MOST_VECTORS) && fits(blocks, v); v++) {
        int whole = area.vectors / v;
        int rest = area.vectors % v;
        double cycles =
            whole * cycles(blocks, v, area.steps)
                + (rest == 0 ? 0 : cycles(blocks, rest, area.steps));
        if (cycles < least) {
          least = cycles;
          best = new Tile(r, v);
        }
      }
    }
    return best;
  }

  private static boolean fits(RowBlocks blocks, int vectors) {
    return fits(blocks.high(), vectors) && (blocks.low() == 0 || fits(blocks.high() - 1, vectors));
  }

  /** Accumulators, one step's vectors and one scalar. 8x3 is an outlier that runs slowly. */
  private static boolean fits(int rows, int vectors) {
    return rows * vectors + vectors + 1 <= Lanes.REGISTERS && !(rows == 8 && vectors == 3);
  }

  /** All rows of some vectors. */
  private static double cycles(RowBlocks blocks, int vectors, long steps) {
    int low = blocks.low();
    double high = (blocks.count() - low) * cycles(blocks.high(), vectors, steps);
    return low == 0 ? high : high + low * cycles(blocks.high() - 1, vectors, steps);
  }

  private static double cycles(int rows, int vectors, long steps) {
    return Math.max(4, Math.max(rows * vectors, rows + vectors) / 2.0)
        + CYCLES_PER_STEP
        + rows * CYCLES_PER_ROW
        + vectors * CYCLES_PER_VECTOR
        + (CYCLES_PER_CALL + rows * vectors) / steps;
  }
}
