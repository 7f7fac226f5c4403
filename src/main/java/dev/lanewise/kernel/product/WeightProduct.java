package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.product.FullyConnected.RESIDENT;
import static dev.lanewise.kernel.product.FullyConnected.ROWS;
import static dev.lanewise.kernel.product.FullyConnected.VECTORS;
import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.elementwise.UnaryGradientRange;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of a weight as its two factors, brought into the order in which the block kernel
 * reads them: dy as [block of rows][sample][row], x as [panel of two vectors][sample][column].
 *
 * <p>For dy that takes a fortieth of the time of its multiply-adds. Read as it lies, one vector of
 * samples after the other, it would make the sums jump after {@link Lanes#L} steps each time, and
 * that takes a tenth ({@code docs/notes/block-kernels.md}). What else has to be done with dy on the
 * way, ReLU and the gradient of the bias, is done while its rows are in the first-level cache.
 */
public final class WeightProduct implements OuterProduct {
  /** Bytes of a row of x in a panel. */
  private static final long WIDTH = (long) VECTORS * BYTES;

  /** Rows of the scratch memory: as many as are turned at a time, which are whole tiles. */
  private static final int SCRATCH_ROWS = Lanes.roundUp(ROWS);

  /** Parts of the work that are even enough for two threads. */
  private static final int EVEN_PARTS = 32;

  private final Block factors;
  private final int n;
  private final int in;
  private final int out;
  private final int high;
  private final int rowBlocks;
  private final int panels;
  private final long turnedBytes;
  private final long panelBytes;
  private final BlockKernel kernel;
  private final BlockKernel lower;

  /**
   * Copies the factors: g = dy f'(y) and x; and dbias = Σ g over the samples.
   *
   * @param x n x in, in batch lanes or plain
   * @param lanes whether x is in batch lanes
   * @param f whose derivative uses its output only; null for none
   * @param y in batch lanes, n x out; not read without f
   * @param dy in batch lanes, n x out
   * @param g in batch lanes, n x out, overwritten; null where nobody else wants it, or without f
   * @param dbias out elements, overwritten; null where nobody wants it
   */
  public WeightProduct(
      Operand x,
      boolean lanes,
      @Nullable UnaryFormula f,
      Operand y,
      Operand dy,
      @Nullable Operand g,
      @Nullable Operand dbias,
      int n,
      int in,
      int out) {
    this.n = n;
    this.in = in;
    this.out = out;
    rowBlocks = FullyConnected.blocks(out);
    high = Math.ceilDiv(out, rowBlocks);
    panels = Math.ceilDiv(in, VECTORS * L);
    long steps = Lanes.roundUp(n);
    turnedBytes =
        Math.ceilDiv(steps * high * Float.BYTES + PanelPacking.SLACK_BYTES, BYTES) * BYTES;
    panelBytes = n * WIDTH;
    kernel = kernelOf(high);
    lower = out % rowBlocks == 0 ? kernel : kernelOf(high - 1);
    factors =
        Pool.global().allocate(rowBlocks * turnedBytes + panels * panelBytes, "gradient factors");
    UnaryGradientRange slope = f == null ? null : Elementwise.gradientLoop(f);
    long samples = Operand.address(x);
    long output = Operand.address(y);
    long slopes = Operand.address(dy);
    long masked = g == null ? 0 : Operand.address(g);
    long bias = dbias == null ? 0 : Operand.address(dbias);
    int packs = lanes ? panels : Math.ceilDiv(n, L);
    // A thread that has the first half of the parts has the first half of the rows of dy and, in
    // lanes, of the columns of x: those that it wrote before, and reads afterwards.
    int firstBlocks = rowBlocks / 2;
    int firstPacks = packs / 2;
    Team.global()
        .run(
            rowBlocks + packs,
            part -> {
              boolean first = part < firstBlocks + firstPacks;
              int i = first ? part : part - firstPacks;
              int blocks = first ? firstBlocks : rowBlocks;
              if (i < blocks) {
                turn(slope, output, slopes, masked, bias, i);
              } else {
                int pack = first ? i - firstBlocks : i - rowBlocks + firstPacks;
                if (lanes) {
                  packLanes(samples, pack);
                } else {
                  packRows(samples, pack * L);
                }
              }
            });
  }

  private static BlockKernel kernelOf(int rows) {
    return BlockKernels.get(BlockSpec.packed(rows, VECTORS, Epilogue.STORE));
  }

  private int firstRow(int block) {
    return Chunks.first(block, rowBlocks, out);
  }

  private long turned(int block) {
    return factors.address() + block * turnedBytes;
  }

  private long panel(int panel) {
    return factors.address() + rowBlocks * turnedBytes + panel * panelBytes;
  }

  /** A block of rows of dy, or of dy f'(y), as [sample][row]; and their sums. */
  private void turn(
      @Nullable UnaryGradientRange f, long y, long dy, long g, long dbias, int block) {
    int row = firstRow(block);
    int rows = firstRow(block + 1) - row;
    long tile = Scratch.address(2 * SCRATCH_ROWS * BYTES + Scratch.BYTES);
    long sums = tile + SCRATCH_ROWS * (long) BYTES;
    long buffer = sums + SCRATCH_ROWS * (long) BYTES;
    VectorMemory.zeroVectors(tile, 2 * SCRATCH_ROWS);
    long target = turned(block);
    for (int s = 0; s < n; s += L) {
      long at = ((long) s / L * out + row) * BYTES;
      long from = dy + at;
      int readable = out - row;
      if (f != null) {
        from = g == 0 ? tile : g + at;
        readable = g == 0 ? SCRATCH_ROWS : readable;
        f.run(0, y + at, dy + at, from, rows * L);
      }
      if (dbias != 0) {
        VectorMemory.addVectors(from, sums, rows);
      }
      long to = target + (long) s * rows * Float.BYTES;
      PanelPacking.transpose(from, BYTES, readable, L, rows, to, buffer);
    }
    if (dbias != 0) {
      LaneSums.reduce(sums, rows, 1, dbias + row * 4L, Float.BYTES, Float.BYTES, false);
    }
  }

  @Override
  public Block factors() {
    return factors;
  }

  @Override
  public long size() {
    return (long) out * in;
  }

  @Override
  public int rows() {
    return out;
  }

  @Override
  public int columns() {
    return in;
  }

  @Override
  public int terms() {
    return n;
  }

  @Override
  public int tiles() {
    return rowBlocks;
  }

  @Override
  public int tileStart(int tile) {
    return firstRow(tile);
  }

  @Override
  public void write(Block c) {
    write(c.address());
  }

  /** All of it, and the factors are given back. */
  void writeAndFree(Operand dw) {
    write(Operand.address(dw));
    factors.free();
  }

  private void write(long dw) {
    int parts = FullyConnected.parts((long) n * in * out);
    int down = Math.min(rowBlocks, parts);
    int resident = (int) Math.max(1, RESIDENT / panelBytes);
    int along =
        Math.max(
            Math.ceilDiv(panels, resident),
            Math.clamp(panels / 4, 1, Math.ceilDiv(Math.min(parts, EVEN_PARTS), down)));
    Team.global()
        .run(
            along * down,
            part -> {
              int lastPanel = Chunks.first(part / down + 1, along, panels);
              int lastBlock = Chunks.first(part % down + 1, down, rowBlocks);
              long tile = Scratch.address(SCRATCH_ROWS * WIDTH);
              for (int block = Chunks.first(part % down, down, rowBlocks);
                  block < lastBlock;
                  block++) {
                int row = firstRow(block);
                int rows = firstRow(block + 1) - row;
                BlockKernel plain = kernel(block);
                for (int panel = Chunks.first(part / down, along, panels);
                    panel < lastPanel;
                    panel++) {
                  int columns = Math.min(VECTORS * L, in - panel * VECTORS * L);
                  long c = dw + ((long) row * in + (long) panel * VECTORS * L) * 4;
                  if (columns == VECTORS * L) {
                    multiply(plain, block, panel, c, in * 4L, 0);
                  } else {
                    multiply(plain, block, panel, tile, WIDTH, 0);
                    copyPart(tile, c, in * 4L, rows, columns);
                  }
                }
              }
            });
  }

  /**
   * The last calls of the block kernel fetch a line in each step, first those of {@code first},
   * then of {@code second}: as many calls as that takes, so that nothing passes by in between.
   */
  @Override
  public void tile(
      int tile, int column, int columns, long target, long first, long second, long bytes) {
    int rows = firstRow(tile + 1) - firstRow(tile);
    BlockKernel plain = kernel(tile);
    BlockKernel fetching =
        BlockKernels.get(BlockSpec.packed(rows, VECTORS, Epilogue.STORE).fetching());
    long fetched = (long) n * BlockSpec.CACHE_LINE;
    int calls = (int) Math.ceilDiv(bytes, fetched);
    // From the last panel to the first: what one of them writes past the end of a row, where it is
    // not full, the first one overwrites.
    int firstPanel = column / (VECTORS * L);
    for (int panel = (column + columns - 1) / (VECTORS * L); panel >= firstPanel; panel--) {
      long skip = ((long) panel * VECTORS * L - column) * Float.BYTES;
      int call = 2 * calls - 1 - (panel - firstPanel);
      long next = call < calls ? first + call * fetched : second + (call - calls) * fetched;
      multiply(
          call < 0 ? plain : fetching,
          tile,
          panel,
          target + skip,
          (long) columns * Float.BYTES,
          next);
    }
  }

  private BlockKernel kernel(int block) {
    return firstRow(block + 1) - firstRow(block) == high ? kernel : lower;
  }

  private void multiply(BlockKernel kernel, int block, int panel, long c, long cRow, long fetched) {
    int rows = firstRow(block + 1) - firstRow(block);
    kernel.run(
        turned(block),
        (long) rows * Float.BYTES,
        panel(panel),
        WIDTH,
        BYTES,
        n,
        1,
        0,
        0,
        1,
        0,
        0,
        c,
        cRow,
        BYTES,
        fetched);
  }

  /** Some columns of x as [sample][VECTORS * L], with zeros where there is no column. */
  private void packLanes(long x, int panel) {
    int column = panel * VECTORS * L;
    long target = panel(panel);
    long buffer = Scratch.address();
    int columns = Math.min(VECTORS * L, in - column);
    if (columns < VECTORS * L) {
      VectorMemory.zeroVectors(target, n * VECTORS);
    }
    for (int s = 0; s < n; s += L) {
      // The two vectors of a panel side by side: they are neighbours where they come from and go.
      for (int c = 0; c < columns; c += L) {
        int wide = Math.min(L, columns - c);
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
    }
  }

  /** Some samples of plain x into all panels: along its rows, as memory is read fastest. */
  private void packRows(long x, int sample) {
    long stride = in * 4L;
    int samples = Math.min(L, n - sample);
    long from = x + sample * stride;
    long target = panel(0) + sample * WIDTH;
    int full = in / (VECTORS * L);
    for (int s = 0; s < samples; s++) {
      PanelPacking.copyStepOfPairs(from + s * stride, full, target + s * WIDTH, panelBytes);
    }
    if (full < panels) {
      long last = panel(full) + sample * WIDTH;
      VectorMemory.zeroVectors(last, samples * VECTORS);
      for (int c = full * VECTORS * L; c < in; c += L) {
        PanelPacking.copyPart(
            from + c * 4L,
            stride,
            samples,
            last + (c - full * VECTORS * L) * 4L,
            WIDTH,
            Math.min(L, in - c));
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
