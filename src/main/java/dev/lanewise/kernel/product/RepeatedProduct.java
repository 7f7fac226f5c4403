package dev.lanewise.kernel.product;

import dev.lanewise.blas.Blas;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Products of one right side with many left ones of a few rows, as the steps of a sequence have
 * them: the right side is packed once, in panels of {@link #WIDTH} columns, and each product is
 * computed panel by panel on the thread that calls. So a thread that always takes the same panels
 * finds them in its second cache level.
 *
 * <p>The columns may lie in groups, each of which begins with a panel of its own.
 */
public final class RepeatedProduct implements AutoCloseable {
  /** Columns of a panel. */
  public static final int WIDTH = TileProduct.WIDTH;

  private final Gemm.Matrix right;
  private final int columns;
  private final int steps;
  private final RowBlocks rows;
  private final int pitch;
  private final boolean add;
  private final int panels;

  /** What is packed, and its kernels; null where the rows of the right side are read in place. */
  private final @Nullable Block packed;

  private final @Nullable TileProduct product;

  /**
   * Packs the right side.
   *
   * @param right [steps, groups * columns]
   * @param rows of each left side
   * @param pitch elements from row to row of a left side
   * @param add whether products are added to what C is
   */
  public RepeatedProduct(
      Gemm.Matrix right, int groups, int columns, int steps, int rows, int pitch, boolean add) {
    this.right = right;
    this.columns = columns;
    this.steps = steps;
    this.rows = RowBlocks.even(rows, FullyConnected.ROWS);
    this.pitch = pitch;
    this.add = add;
    panels = Math.ceilDiv(columns, WIDTH);
    if (!BlasRule.BLOCK_KERNELS) {
      packed = null;
      product = null;
      return;
    }
    Epilogue epilogue = add ? Epilogue.ACCUMULATE : Epilogue.STORE;
    product = new TileProduct(rows, WIDTH, (long) pitch * Float.BYTES, epilogue);
    packed =
        Pool.global()
            .allocate(
                (long) groups * panels * panelBytes() + PanelPacking.SLACK_BYTES,
                "repeatedProduct");
    long to = packed.address();
    long stride = (long) right.leading() * Float.BYTES;
    Team.global()
        .run(
            groups * panels,
            task -> {
              long buffer = Scratch.address(PanelPacking.BUFFER_BYTES);
              int wide = wide(task % panels);
              long from = column(task / panels, task % panels);
              long panel = to + task * panelBytes();
              PanelPacking.pack(
                  from, stride, right.transposed(), wide, steps, WIDTH, panel, buffer);
            });
  }

  private long panelBytes() {
    return (long) WIDTH * steps * Float.BYTES;
  }

  /** The columns of a panel that exist. */
  private int wide(int panel) {
    return Math.min(WIDTH, columns - panel * WIDTH);
  }

  /** Where the first column of a panel begins. */
  private long column(int group, int panel) {
    long column = (long) group * columns + (long) panel * WIDTH;
    return right.address() + column * Float.BYTES * (right.transposed() ? right.leading() : 1);
  }

  /** The panels of a group. */
  public int panels() {
    return panels;
  }

  /** The blocks that the rows of a left side are cut into. */
  public int rowBlocks() {
    return rows.count();
  }

  /** The first row of a block, or, for the number of blocks, the end. */
  public int row(int block) {
    return rows.first(block);
  }

  /**
   * C = A B, or C + A B, for the columns of a panel and some blocks of rows.
   *
   * @param a the raw address of the first row of a left side
   * @param c the raw address of the first row of these blocks, {@link #WIDTH} elements each;
   *     columns that do not exist are of no meaning
   */
  public void multiply(int group, int panel, int first, int end, long a, long c) {
    long cRow = (long) WIDTH * Float.BYTES;
    int row = row(first);
    if (product != null && packed != null) {
      long b = packed.address() + (group * (long) panels + panel) * panelBytes();
      product.packedBlocks(first, end, steps, a, Float.BYTES, b, 0, c - row * cRow, cRow, null);
      return;
    }
    int high = row(end) - row;
    int wide = wide(panel);
    long left = a + (long) row * pitch * Float.BYTES;
    long b = column(group, panel);
    Blas blas = BlasRule.choose(high, wide, steps);
    boolean transposed = right.transposed();
    float beta = add ? 1 : 0;
    blas.sgemm(
        false, transposed, high, wide, steps, 1, left, pitch, b, right.leading(), beta, c, WIDTH);
  }

  @Override
  public void close() {
    if (packed != null) {
      packed.free();
    }
  }
}
