package dev.lanewise.kernel;

import static dev.lanewise.kernel.FullyConnected.PAGE;
import static dev.lanewise.kernel.FullyConnected.RESIDENT;
import static dev.lanewise.kernel.FullyConnected.ROWS;
import static dev.lanewise.kernel.FullyConnected.VECTORS;
import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;
import static dev.lanewise.kernel.Mem.ALL;
import static dev.lanewise.kernel.Mem.ORDER;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The gradient of the weight of a fully connected layer, dw = dy xᵀ, a sum over the samples; dy is
 * in batch lanes (see {@link FullyConnected}).
 *
 * <p>Small ones are sums over the lanes, of both sides as they lie. For all others the lanes are
 * features of x. Then a block of rows of dy is turned, for elements of one sample to lie side by
 * side: that takes a fortieth of the time of its multiply-adds. Read as it lies, one vector of
 * samples after the other, it would make the sum jump after {@link Lanes#L} steps each time, and
 * that takes a tenth ({@code docs/adr/0002}).
 */
public final class WeightGradient {
  /** Rows and columns of a block whose sums run over the lanes. */
  private static final int REDUCED = Lanes.REGISTERS == 32 ? 5 : 3;

  /** Elements of a row of x, in bytes. */
  private static final long WIDTH = (long) VECTORS * BYTES;

  /** Parts of the work that are even enough for two threads, and do not turn dy too often. */
  private static final int EVEN_PARTS = 32;

  private WeightGradient() {}

  /**
   * Whether x is wanted in batch lanes: sums over the lanes take some cycles each to bring the
   * lanes together, but nothing is transposed, and no part of a block is idle.
   */
  public static boolean sumsOverLanes(int n, int in, int out) {
    long blocks = Math.ceilDiv(n, L);
    int high = Math.min(out, ROWS);
    long panels = Math.ceilDiv(in, VECTORS * L);
    // Cycles: two multiply-adds each, and 90 for a tile of L x L.
    long outer = Math.ceilDiv(out, high) * panels * blocks * L * Math.max(high, 4);
    outer += blocks * Math.ceilDiv(in, L) * 90L;
    long reduced = (long) in * out * (blocks * 3 / 4 + 8);
    return reduced < outer;
  }

  /**
   * dw = Σ dy xᵀ over the samples.
   *
   * @param x n x in; in batch lanes or, where {@link #sumsOverLanes} does not want them, plain
   * @param lanes whether x is in batch lanes
   * @param dy in batch lanes, n x out
   * @param dw out x in, overwritten
   */
  public static void run(Operand x, boolean lanes, Operand dy, Operand dw, int n, int in, int out) {
    if (lanes && sumsOverLanes(n, in, out)) {
      reduced(Operand.address(x), Operand.address(dy), Operand.address(dw), n, in, out);
    } else {
      outer(Operand.address(x), lanes, Operand.address(dy), Operand.address(dw), n, in, out);
    }
  }

  private static void reduced(long x, long dy, long dw, int n, int in, int out) {
    int high = Math.min(out, REDUCED);
    int wide = Math.min(in, REDUCED);
    int blocks = Math.ceilDiv(n, L);
    BlockKernel kernel = BlockKernels.get(BlockSpec.lanesReduced(high, wide, Epilogue.STORE));
    int down = Math.ceilDiv(out, high);
    int across = Math.ceilDiv(in, wide);
    int parts =
        Math.clamp(down * across / 4, 1, FullyConnected.parts((long) blocks * L * in * out));
    Team.global()
        .run(
            parts,
            part -> {
              long sums = Scratch.address(Scratch.BYTES + (long) high * wide * BYTES);
              int last = (part + 1) * (down * across) / parts;
              for (int i = part * (down * across) / parts; i < last; i++) {
                // The last blocks move back to be whole: two parts may write the same bits.
                int row = Math.min(i / across * high, out - high);
                int column = Math.min(i % across * wide, in - wide);
                kernel.run(
                    dy + (long) row * BYTES,
                    (long) out * BYTES,
                    x + (long) column * BYTES,
                    (long) in * BYTES,
                    BYTES,
                    blocks,
                    1,
                    0,
                    0,
                    1,
                    0,
                    0,
                    dw + ((long) row * in + column) * 4,
                    (long) in * 4,
                    4,
                    sums);
              }
            });
  }

  private static void outer(long x, boolean lanes, long dy, long dw, int n, int in, int out) {
    int high = Math.min(out, ROWS);
    int whole = in / (VECTORS * L);
    int panels = Math.ceilDiv(in, VECTORS * L);
    // Rows of whole vectors are read where they lie, but for a panel that they do not fill.
    boolean inPlace = !lanes && in % L == 0 && in * (long) Float.BYTES % PAGE != 0;
    int firstPacked = inPlace ? whole : 0;
    long panelBytes = n * WIDTH;
    Block packed = pack(x, lanes, n, in, firstPacked, panels);
    long panel0 = packed.address() - firstPacked * panelBytes;
    BlockKernel kernel = BlockKernels.get(BlockSpec.packed(high, VECTORS, Epilogue.STORE));
    int rowBlocks = Math.ceilDiv(out, high);
    int parts = FullyConnected.parts((long) n * in * out);
    int down = Math.min(rowBlocks, parts);
    int resident = (int) Math.max(1, RESIDENT / panelBytes);
    int along =
        Math.max(
            Math.ceilDiv(panels, resident),
            Math.clamp(panels / 4, 1, Math.ceilDiv(Math.min(parts, EVEN_PARTS), down)));
    long turnedBytes = (long) Math.ceilDiv(n, L) * L * high * Float.BYTES;
    Team.global()
        .run(
            along * down,
            part -> {
              int firstPanel = part / down * panels / along;
              int lastPanel = (part / down + 1) * panels / along;
              int lastBlock = (part % down + 1) * rowBlocks / down;
              long tile =
                  Scratch.address(
                      high * WIDTH + Scratch.BYTES + turnedBytes + PanelPacking.SLACK_BYTES);
              long buffer = tile + high * WIDTH;
              long turned = buffer + Scratch.BYTES;
              for (int block = part % down * rowBlocks / down; block < lastBlock; block++) {
                // The last block moves back to be whole: two parts may write the same bits.
                int row = Math.min(block * high, out - high);
                turn(dy, n, out, row, high, turned, buffer);
                for (int panel = firstPanel; panel < lastPanel; panel++) {
                  boolean direct = panel < firstPacked;
                  int columns = Math.min(VECTORS * L, in - panel * VECTORS * L);
                  boolean full = panel < whole;
                  long c = dw + ((long) row * in + (long) panel * VECTORS * L) * 4;
                  kernel.run(
                      turned,
                      (long) high * Float.BYTES,
                      direct ? x + panel * WIDTH : panel0 + panel * panelBytes,
                      direct ? in * 4L : WIDTH,
                      BYTES,
                      n,
                      1,
                      0,
                      0,
                      1,
                      0,
                      0,
                      full ? c : tile,
                      full ? in * 4L : WIDTH,
                      BYTES,
                      0);
                  if (!full) {
                    copyPart(tile, c, in * 4L, high, columns);
                  }
                }
              }
            });
    packed.free();
  }

  /** Some rows of dy as [sample][row]. */
  private static void turn(long dy, int n, int out, int row, int rows, long target, long buffer) {
    for (int s = 0; s < n; s += L) {
      PanelPacking.transpose(
          dy + ((long) s / L * out + row) * BYTES,
          BYTES,
          out - row,
          L,
          rows,
          target + (long) s * rows * Float.BYTES,
          buffer);
    }
  }

  /** The panels of x from one on, each as [sample][VECTORS * L]. */
  private static Block pack(long x, boolean lanes, int n, int in, int first, int panels) {
    long panelBytes = n * WIDTH;
    Block packed = Pool.global().allocate(Math.max(1, panels - first) * panelBytes, "linear");
    Team.global()
        .run(
            panels - first,
            i -> {
              long target = packed.address() + i * panelBytes;
              pack(x, lanes, n, in, (first + i) * VECTORS * L, target, Scratch.address());
            });
    return packed;
  }

  /** Some columns of x as [sample][VECTORS * L], with zeros where there is no column. */
  private static void pack(
      long x, boolean lanes, int n, int in, int column, long target, long buffer) {
    int columns = Math.min(VECTORS * L, in - column);
    if (!lanes && columns == VECTORS * L) {
      PanelPacking.copyPairs(x + (long) column * 4, in * 4L, n, target, WIDTH);
      return;
    }
    if (columns < VECTORS * L) {
      VectorMemory.zeroVectors(target, n * VECTORS);
    }
    for (int c = 0; c < columns; c += L) {
      int wide = Math.min(L, columns - c);
      if (lanes) {
        for (int s = 0; s < n; s += L) {
          TileTranspose.run(
              x + ((long) s / L * in + column + c) * BYTES,
              BYTES,
              wide,
              L,
              target + s * WIDTH + (long) c * 4,
              WIDTH,
              Math.min(L, n - s),
              L,
              buffer);
        }
      } else {
        PanelPacking.copyPart(
            x + (long) (column + c) * 4, in * 4L, n, target + (long) c * 4, WIDTH, wide);
      }
    }
  }

  /** The columns of a finished block that exist, to their place. */
  private static void copyPart(long tile, long c, long cRow, int rows, int columns) {
    for (int column = 0; column < columns; column += L) {
      VectorMask<Float> mask = F.indexInRange(column, columns);
      for (int row = 0; row < rows; row++) {
        FloatVector.fromMemorySegment(F, ALL, tile + ((long) row * VECTORS * L + column) * 4, ORDER)
            .intoMemorySegment(ALL, c + row * cRow + (long) column * 4, ORDER, mask);
      }
    }
  }
}
