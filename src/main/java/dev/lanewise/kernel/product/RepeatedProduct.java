package dev.lanewise.kernel.product;

import dev.lanewise.blas.Blas;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Chunks;
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

  /** Steps of a slice, below which a block is mostly prologue. */
  private static final int FEWEST_STEPS = 96;

  private final Gemm.Matrix right;
  private final int columns;
  private final int steps;
  private final int slices;
  private final RowBlocks rows;
  private final int pitch;
  private final boolean add;
  private final int panels;

  /** What is packed, and its kernels; null where the rows of the right side are read in place. */
  private final @Nullable Block packed;

  private final @Nullable TileProduct start;

  private final @Nullable TileProduct more;

  /**
   * Packs the right side.
   *
   * @param right [steps, groups * columns]
   * @param slices of the steps, about; the sums of one begin with those of the one before
   * @param rows of each left side
   * @param pitch elements from row to row of a left side
   * @param add whether products are added to what C is
   */
  public RepeatedProduct(
      Gemm.Matrix right,
      int groups,
      int columns,
      int steps,
      int slices,
      int rows,
      int pitch,
      boolean add) {
    this.right = right;
    this.columns = columns;
    this.steps = steps;
    this.rows = blocks(rows);
    this.pitch = pitch;
    this.add = add;
    panels = Math.ceilDiv(columns, WIDTH);
    if (!BlasRule.BLOCK_KERNELS) {
      packed = null;
      start = null;
      more = null;
      this.slices = 1;
      return;
    }
    this.slices = Math.clamp(slices, 1, Math.max(1, steps / FEWEST_STEPS));
    long row = (long) pitch * Float.BYTES;
    Epilogue epilogue = add ? Epilogue.ACCUMULATE : Epilogue.STORE;
    start = new TileProduct(rows, WIDTH, row, epilogue, true);
    more =
        add || this.slices == 1
            ? start
            : new TileProduct(rows, WIDTH, row, Epilogue.ACCUMULATE, true);
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

  /** The slices that the steps are cut into. */
  public int slices() {
    return slices;
  }

  /** Whether its kernels fetch. */
  public boolean fetches() {
    return packed != null;
  }

  /** The blocks that the rows of a left side are cut into. */
  public int rowBlocks() {
    return rows.count();
  }

  /** As many for so many rows. */
  public static int rowBlocks(int rows) {
    return blocks(rows).count();
  }

  private static RowBlocks blocks(int rows) {
    return RowBlocks.even(rows, TileProduct.FETCHING_ROWS);
  }

  /** The first row of a block, or, for the number of blocks, the end. */
  public int row(int block) {
    return rows.first(block);
  }

  /**
   * C = A B, or C + A B, for the columns of a panel and some blocks of rows; slice after slice.
   *
   * @param a the raw address of the first row of a left side
   * @param c the raw address of the first row of these blocks, {@link #WIDTH} elements each;
   *     columns that do not exist are of no meaning
   * @param ahead what the kernels fetch meanwhile, in their turn
   */
  public void multiply(
      int group, int slice, int panel, int first, int end, long a, long c, Ahead ahead) {
    long cRow = (long) WIDTH * Float.BYTES;
    int row = row(first);
    if (start != null && more != null && packed != null) {
      int step = Chunks.first(slice, slices, steps);
      long b = packed.address() + (group * (long) panels + panel) * panelBytes();
      (slice == 0 ? start : more)
          .packedBlocks(
              first,
              end,
              Chunks.first(slice + 1, slices, steps) - step,
              a + (long) step * Float.BYTES,
              Float.BYTES,
              b + step * cRow,
              0,
              c - row * cRow,
              cRow,
              ahead);
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
