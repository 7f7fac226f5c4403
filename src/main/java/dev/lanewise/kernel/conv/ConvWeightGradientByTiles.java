package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Backward-weights of a first layer (3x3, stride 1, three channels) by Winograd with the lanes over
 * images: dw = Gᵀ [ Σ over tiles and images (Bᵀ x B) ⊙ (A dy Aᵀ) ] G with tiles of 2x2 pixels of
 * dy, F(3x3, 2x2): 16 products for what takes 36 directly ({@link CookToom}). As in {@link
 * ConvWeightGradientByImages} each lane has a sum of its own until the end.
 *
 * <p>dy is what there is much of. Here it is read as it lies, and its transform, sums and
 * differences of two columns, is never written: the block kernels make it in registers ({@link
 * BlockSpec.Form#POINTS}). One call does the four points of a row, for all channels and some k,
 * over the tiles of a piece. The transformed x of a piece stays in L1 and L2.
 *
 * <p>The pixels of dy lie K vectors apart, 4 KB for 64 channels, so that those of some k share a
 * set of L1, and each comes from L2 whenever it is read. Therefore the kernel of the first row of
 * points keeps the first row of dy, the pixels of some k side by side; that of the second row of
 * points, the sum of both rows of dy, reads them there, and leaves the difference for the third.
 */
final class ConvWeightGradientByTiles {
  private static final int TAPS = 3;
  private static final int TILE = 2;
  private static final int POINTS = TILE + TAPS - 1;

  /** Measured with these. One channel gains nothing, and many have Winograd with lanes over k. */
  private static final int CHANNELS = 3;

  /**
   * Sums in registers: of two k, so that each vector of x that is loaded serves both. Loads of
   * whole vectors are what bounds the kernel, at little more than one a cycle.
   */
  private static final int ACCUMULATORS = 24;

  /** Tiles of a piece: the transformed x of a row of points, 12 KB, stays in L1. */
  private static final int STEPS = 16;

  /** Of dy in a row of tiles. Measured up to this, 96 channels of 32 columns. */
  private static final long MOST_ROW_BYTES = 384 << 10;

  /**
   * Of dy in a piece, for some k. L2 holds the sums, too; half as much is no gain where that has 1
   * MB.
   */
  private static final long CACHE_BYTES = 256 << 10;

  private static final long TASK_MULTIPLY_ADDS = 1_900_000;

  /** Each has partial sums of its own, 196 KB for 64 channels, to be cleared and added. */
  private static final int MOST_TASKS = 4;

  private final Conv2dDims d;
  private final long x;
  private final long dy;
  private final long dw;
  private final int C;
  private final int K;
  private final int tileRows;
  private final int tileColumns;

  /** Rows of tiles of a piece. */
  private final int rowsAtOnce;

  private final int rowPieces;

  /** Channels of dy that a piece is multiplied with at a time. */
  private final int partK;

  private final int pieces;
  private final int tasks;

  /** Vectors of k of a block. */
  private final int vectors;

  /** For each row of points; the last blocks of k are narrower. */
  private final BlockKernel[][] kernels = new BlockKernel[2][POINTS];

  private final WinogradTransform size = WinogradTransform.of(TILE, TAPS);
  private final long pixel;
  private final long gradientPixel;

  private ConvWeightGradientByTiles(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    this.d = d;
    this.x = Operand.address(x);
    this.dy = Operand.address(dy);
    this.dw = Operand.address(dw);
    C = d.C();
    K = d.K();
    tileRows = d.OH() / TILE;
    tileColumns = d.OW() / TILE;
    pixel = (long) C * Lanes.BYTES;
    gradientPixel = (long) K * Lanes.BYTES;
    long tileRow = (long) TILE * d.OW() * gradientPixel;
    int most = Math.clamp(STEPS / tileColumns, 1, tileRows);
    rowPieces = Math.ceilDiv(tileRows, most);
    rowsAtOnce = Math.ceilDiv(tileRows, rowPieces);
    pieces = d.blocks() * rowPieces;
    long wanted =
        Long.highestOneBit(Math.clamp(d.multiplyAdds() / TASK_MULTIPLY_ADDS, 1, MOST_TASKS));
    tasks = (int) Math.min(wanted, pieces);
    vectors = Math.min(K, ACCUMULATORS / (POINTS * C));
    long channelBytes = rowsAtOnce * tileRow / K;
    int parts = Math.ceilDiv(K, Math.clamp(CACHE_BYTES / channelBytes, 1, K));
    partK = Math.ceilDiv(Math.ceilDiv(K, parts), vectors) * vectors;
    for (int i = 0; i < 2; i++) {
      int width = i == 0 ? vectors : K % vectors;
      if (width > 0) {
        kernels[i][0] = kernel(width, gradientPixel, BlockSpec.Form.POINTS_KEPT);
        kernels[i][1] = kernel(width, gradientPixel, BlockSpec.Form.POINTS_OF_SUM);
        kernels[i][2] = kernel(width, (long) width * Lanes.BYTES, BlockSpec.Form.POINTS);
        kernels[i][3] = kernel(width, gradientPixel, BlockSpec.Form.POINTS);
      }
    }
  }

  private BlockKernel kernel(int width, long pixel, BlockSpec.Form form) {
    return BlockKernels.get(BlockSpec.points(C, width, pixel, form, Epilogue.ACCUMULATE));
  }

  /** Whether this form is the fastest one; a block needs more than 16 registers. */
  static boolean serves(Conv2dDims d) {
    return ConvRule.choice() != ConvRule.Choice.OFF
        && BlockKernels.anyBlock()
        && Lanes.REGISTERS >= 32
        && d.R() == TAPS
        && d.S() == TAPS
        && d.strideH() == 1
        && d.strideW() == 1
        && d.dilationH() == 1
        && d.dilationW() == 1
        && d.groups() == 1
        && d.C() == CHANNELS
        && d.OH() % TILE == 0
        && d.OW() % TILE == 0
        && (long) TILE * d.OW() * d.K() * Lanes.BYTES <= MOST_ROW_BYTES;
  }

  static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    new ConvWeightGradientByTiles(x, dy, dw, d).run();
  }

  private void run() {
    Block partials = Pool.global().allocate(tasks * partialBytes(), "conv2d weight gradient");
    long sums = partials.address();
    Team.global().run(tasks, task -> task(task, sums + task * partialBytes()));
    int blocks = Math.ceilDiv(K, vectors);
    int atOnce =
        (int)
            Math.clamp(
                (long) Chunks.GRAIN * blocks * Float.BYTES / (tasks * partialBytes()), 1, blocks);
    Team.global()
        .run(
            Math.ceilDiv(blocks, atOnce),
            chunk -> {
              for (int i = chunk * atOnce; i < Math.min(blocks, (chunk + 1) * atOnce); i++) {
                finish(i * vectors, sums);
              }
            });
    partials.free();
  }

  /** [row of points][block of k][point][C][k of the block]. */
  private long partialBytes() {
    return (long) POINTS * POINTS * C * K * Lanes.BYTES;
  }

  private long sum(long sums, int row, int k) {
    return sums + ((long) row * K + k) * POINTS * C * Lanes.BYTES;
  }

  private int inputColumns() {
    return d.OW() + TAPS - 1;
  }

  private long inputRow() {
    return inputColumns() * pixel;
  }

  /** Of the transformed x of a piece, for a row of points: [tile][point][C]. */
  private long panelRow() {
    return WinogradTransform.stride((long) rowsAtOnce * tileColumns * POINTS * pixel);
  }

  private void task(int task, long sums) {
    VectorMemory.zeroVectors(sums, (int) (partialBytes() / Lanes.BYTES));
    int inputRows = rowsAtOnce * TILE + TAPS - 1;
    long kept = partK * keptBytes();
    long panel = Scratch.address(POINTS * panelRow() + Math.max(inputRows * inputRow(), kept));
    long from = (long) pieces * task / tasks;
    long to = (long) pieces * (task + 1) / tasks;
    for (int piece = (int) from; piece < to; piece++) {
      transform(piece, panel, panel + POINTS * panelRow());
      multiply(piece, panel, sums);
    }
  }

  /** The pixels of a row of dy of all tiles of a piece, of one k. */
  private long keptBytes() {
    return (long) rowsAtOnce * d.OW() * Lanes.BYTES;
  }

  private int rows(int piece) {
    return Math.min(rowsAtOnce, tileRows - piece % rowPieces * rowsAtOnce);
  }

  /** Where dy of a piece begins. Its rows follow each other. */
  private long gradient(int piece) {
    long row = (long) piece / rowPieces * d.OH() + (long) piece % rowPieces * rowsAtOnce * TILE;
    return dy + row * d.OW() * gradientPixel;
  }

  /** Bᵀ x B of a piece. */
  private void transform(int piece, long panel, long input) {
    int top = piece % rowPieces * rowsAtOnce * TILE - d.padH();
    int inputRows = rows(piece) * TILE + TAPS - 1;
    long image = x + (long) piece / rowPieces * d.H() * d.W() * pixel;
    int vectorsInRow = inputColumns() * C;
    for (int y = 0; y < inputRows; y++) {
      if (top + y < 0 || top + y >= d.H()) {
        VectorMemory.zeroVectors(input + y * inputRow(), vectorsInRow);
      }
    }
    ConvParts.copy(image, d.H(), d.W(), C, top, inputRows, -d.padW(), inputColumns(), input);
    for (int row = 0; row < rows(piece); row++) {
      long to = panel + (long) row * tileColumns * POINTS * pixel;
      for (int c = 0; c < C; c++) {
        long channel = (long) c * Lanes.BYTES;
        TileInput.run(
            input + (long) row * TILE * inputRow() + channel,
            inputRow(),
            pixel,
            to + channel,
            panelRow(),
            tileColumns);
      }
    }
  }

  private void multiply(int piece, long panel, long sums) {
    long kept = panel + POINTS * panelRow();
    for (int first = 0; first < K; first += partK) {
      int end = Math.min(K, first + partK);
      if (ConvRule.fetchesGradient()) {
        fetch(piece, first, end, kept);
      }
      for (int i = 0; i < POINTS; i++) {
        for (int k = first; k < end; k += vectors) {
          multiply(piece, i, k, panel, kept + (k - first) * keptBytes(), sums);
        }
      }
    }
  }

  /** Reads dy of a piece, some k, in the order in which it lies. */
  private void fetch(int piece, int first, int end, long to) {
    int pixels = rows(piece) * TILE * d.OW();
    int runs = end - first == K ? 1 : pixels;
    long from = gradient(piece) + (long) first * Lanes.BYTES;
    for (int run = 0; run < runs; run++) {
      ConvParts.fetch(
          from + run * gradientPixel, (long) (end - first) * pixels / runs * Lanes.BYTES, to);
    }
  }

  /**
   * A row of points, a block of k: of the first row of dy, of the sum of both, of the difference,
   * which is what is kept then, and of the second.
   */
  private void multiply(int piece, int i, int k, long panel, long kept, long sums) {
    int width = Math.min(vectors, K - k);
    boolean difference = i == 2;
    long row = d.OW() * gradientPixel;
    long ofDy = gradient(piece) + (i == 0 ? 0 : row) + (long) k * Lanes.BYTES;
    long step = TILE * (difference ? (long) width * Lanes.BYTES : gradientPixel);
    kernels[width == vectors ? 0 : 1][i].run(
        panel + i * panelRow(),
        POINTS * pixel,
        difference ? kept : ofDy,
        step,
        Lanes.BYTES,
        tileColumns,
        rows(piece),
        (long) tileColumns * POINTS * pixel,
        difference ? tileColumns * step : TILE * row,
        1,
        0,
        0,
        sum(sums, i, k),
        (long) width * Lanes.BYTES,
        Lanes.BYTES,
        kept);
  }

  /** Adds the partial sums of a block of k, and Gᵀ [] G, then the sum over the lanes. */
  private void finish(int k, long sums) {
    int width = Math.min(vectors, K - k);
    int channels = C * width;
    int row = POINTS * channels;
    long buffer = Scratch.address((long) (TAPS * row + TAPS * TAPS * channels) * Lanes.BYTES);
    for (int i = 0; i < POINTS; i++) {
      ConvParts.addPartials(sum(sums, i, k), row, tasks, partialBytes());
    }
    long rowBytes = (long) row * Lanes.BYTES;
    long tapBytes = (long) channels * Lanes.BYTES;
    size.weightGradient(
        sum(sums, 0, k),
        sum(sums, 1, k) - sum(sums, 0, k),
        Lanes.BYTES,
        buffer,
        rowBytes,
        Lanes.BYTES,
        row);
    long taps = buffer + TAPS * rowBytes;
    for (int r = 0; r < TAPS; r++) {
      size.weightGradient(
          buffer + r * rowBytes, tapBytes, Lanes.BYTES, taps, tapBytes, Lanes.BYTES, channels);
      for (int s = 0; s < TAPS; s++) {
        LaneSums.reduce(
            taps + s * tapBytes,
            C,
            width,
            dw + (((long) k * C * TAPS + r) * TAPS + s) * Float.BYTES,
            TAPS * TAPS * Float.BYTES,
            (long) C * TAPS * TAPS * Float.BYTES,
            false);
      }
    }
  }
}
