package dev.lanewise.kernel;

import dev.lanewise.kernel.BlockKernels.Tile;
import java.util.concurrent.ConcurrentHashMap;

/** Chooses the block that covers an area of rows and vectors in the fewest cycles. */
final class BlockTiles {
  private static final int MOST_VECTORS = 6;

  /** Beyond the multiply-adds: pointers, loop control, and loads that find their ports taken. */
  private static final double CYCLES_PER_STEP = 2;

  private static final double CYCLES_PER_ROW = 1 / 16.0;

  /**
   * Weights of a step stay in L1, but vectors stream from L2. Measured (docs/adr/0002): 13x2 and
   * 14x2 are faster than 6x4 and 9x3, which read more vectors for the same multiply-adds.
   */
  private static final double CYCLES_PER_VECTOR = 0.3;

  private static final double CYCLES_PER_CALL = 30;

  /** What was asked before: every step of a training asks again. */
  private static final ConcurrentHashMap<Area, Tile> CHOSEN = new ConcurrentHashMap<>();

  private record Area(int rows, int vectors, long steps, boolean even) {}

  private BlockTiles() {}

  /**
   * The best block, where what remains below the last row of blocks has smaller ones. The model is
   * that of docs/adr/0002: two multiply-adds and two loads a cycle, no less than the latency of
   * four cycles a step, a little for every step and load, and the start and end of a call shared by
   * its steps.
   *
   * @param rows of the area
   * @param vectors of the area
   * @param steps of one call
   */
  static Tile choose(int rows, int vectors, long steps) {
    return choose(new Area(rows, vectors, steps, false));
  }

  /** The best block where the rows are cut as {@link RowBlocks#even} cuts them. */
  static Tile chooseEven(int rows, int vectors, long steps) {
    return choose(new Area(rows, vectors, steps, true));
  }

  private static Tile choose(Area area) {
    Tile known = CHOSEN.get(area);
    return known != null ? known : CHOSEN.computeIfAbsent(area, BlockTiles::search);
  }

  private static Tile search(Area area) {
    int rows = area.rows;
    int vectors = area.vectors;
    long steps = area.steps;
    Tile best = new Tile(1, 1);
    double least = Double.MAX_VALUE;
    for (int r = 1; r <= Math.min(rows, Lanes.REGISTERS); r++) {
      for (int v = 1; v <= Math.min(vectors, MOST_VECTORS) && fits(r, v); v++) {
        double cycles = 0;
        for (int vv : new int[] {v, vectors % v}) {
          int count = vv == v ? vectors / v : 1;
          cycles +=
              vv == 0
                  ? 0
                  : count * (area.even ? evenly(rows, r, vv, steps) : cut(rows, r, vv, steps));
        }
        if (cycles < least) {
          least = cycles;
          best = new Tile(r, v);
        }
      }
    }
    return best;
  }

  private static double cut(int rows, int r, int vectors, long steps) {
    int whole = rows / r;
    int rest = rows % r;
    return whole * cycles(r, vectors, steps) + (rest == 0 ? 0 : cycles(rest, vectors, steps));
  }

  private static double evenly(int rows, int most, int vectors, long steps) {
    RowBlocks blocks = RowBlocks.even(rows, most);
    double high = (blocks.count() - blocks.low()) * cycles(blocks.high(), vectors, steps);
    return blocks.low() == 0
        ? high
        : high + blocks.low() * cycles(blocks.high() - 1, vectors, steps);
  }

  /** Accumulators, one step's vectors and one scalar. 8x3 is an outlier that runs slowly. */
  private static boolean fits(int rows, int vectors) {
    return rows * vectors + vectors + 1 <= Lanes.REGISTERS && !(rows == 8 && vectors == 3);
  }

  private static double cycles(int rows, int vectors, long steps) {
    return Math.max(4, Math.max(rows * vectors, rows + vectors) / 2.0)
        + CYCLES_PER_STEP
        + rows * CYCLES_PER_ROW
        + vectors * CYCLES_PER_VECTOR
        + (CYCLES_PER_CALL + rows * vectors) / steps;
  }
}
