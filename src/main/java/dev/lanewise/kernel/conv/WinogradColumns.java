package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Forward of 3x3 convolutions with one to three channels (stride 1) by Winograd along the columns
 * only: four rows of an output are F(4, 3) of six rows of the input ({@link CookToom}), 6 products
 * for what takes 12 directly, for each of the three taps of a row and each channel.
 *
 * <p>So few channels make sums of 3 to 9 steps, too short for the form that writes its points
 * ({@link WinogradRows}). Here the outputs of a tile are made of its six points by ten additions in
 * registers ({@link BlockSpec.Form#TILES}), and the points of the input, which all output channels
 * share, are little work. A call of a kernel makes all channels of a tile, that is of four pixels
 * below each other; its points are then in L1, and the next column reads most of them again.
 */
final class WinogradColumns {
  private static final int TAPS = 3;
  private static final int TILE = BlockSpec.TILE_OUTPUTS;
  private static final int POINTS = BlockSpec.TILE_POINTS;

  /** Output channels of a block: 24 sums. */
  private static final int CHANNELS = 4;

  private static final CookToom MATRICES = new CookToom(TILE, TAPS);
  private static final double[][] WEIGHT = MATRICES.weight();
  private static final WinogradLoop INPUT = WinogradLoopGenerator.of(MATRICES.input(), false);

  private final Conv2dDims d;
  private final long x;
  private final long w;
  private final long bias;
  private final long y;
  private final int C;
  private final int K;

  private final RowBlocks blocks;

  private final int tileRows;
  private final ConvPieces pieces;
  private final BlockKernel kernel;
  private final long pixel;
  private final long outPixel;

  /** Bytes of the weights of a step and of a block. */
  private final long stepBytes;

  private final long blockBytes;

  private WinogradColumns(Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    this.d = d;
    this.x = Operand.address(x);
    this.w = Operand.address(w);
    this.bias = bias == null ? 0 : Operand.address(bias);
    this.y = Operand.address(y);
    C = d.C();
    K = d.K();
    blocks = blocks(d);
    tileRows = Math.ceilDiv(d.OH(), TILE);
    pixel = (long) C * Lanes.BYTES;
    outPixel = (long) K * Lanes.BYTES;
    stepBytes = (long) POINTS * blocks.high() * Float.BYTES;
    blockBytes = TAPS * stepBytes * C;
    pieces =
        ConvPieces.of(
            tileRows,
            d.OW(),
            1,
            1,
            POINTS * pixel,
            d.multiplyAdds() * Lanes.roundUp(d.N()) / d.N(),
            d.blocks());
    Epilogue epilogue = bias == null ? Epilogue.STORE : Epilogue.BIAS;
    kernel = BlockKernels.get(BlockSpec.tiles(blocks.high(), epilogue));
  }

  /** Output channels, in blocks of one height. */
  static RowBlocks blocks(Conv2dDims d) {
    return RowBlocks.alike(d.K(), CHANNELS);
  }

  static void run(Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    new WinogradColumns(x, w, bias, y, d).run();
  }

  private void run() {
    Block packed = Pool.global().allocate(blocks.count() * blockBytes, "conv2d weights");
    long weights = packed.address();
    for (int block = 0; block < blocks.count(); block++) {
      transformWeights(block, weights + block * blockBytes);
    }
    Team.global().run(d.blocks() * pieces.count(), chunk -> piece(chunk, weights));
    packed.free();
  }

  /** G w of a block of output channels: [s][c][point][k]. */
  private void transformWeights(int block, long to) {
    int height = blocks.high();
    for (int i = 0; i < height * C * TAPS; i++) {
      int k = i % height;
      int s = i / height % TAPS;
      int c = i / height / TAPS;
      long tap = ((long) (blocks.first(block) + k) * C + c) * TAPS * TAPS + s;
      long from = w + tap * Float.BYTES;
      long at = to + ((long) s * C + c) * stepBytes + (long) k * Float.BYTES;
      double above = Mem.get(from);
      double middle = Mem.get(from + TAPS * Float.BYTES);
      double below = Mem.get(from + 2 * TAPS * Float.BYTES);
      for (int point = 0; point < POINTS; point++) {
        double[] g = WEIGHT[point];
        Mem.set(
            at + (long) point * height * Float.BYTES,
            (float) (g[0] * above + g[1] * middle + g[2] * below));
      }
    }
  }

  private void piece(int chunk, long weights) {
    int block = chunk / pieces.count();
    int end = Math.min(tileRows, pieces.row(chunk) + pieces.rowsAtOnce());
    int left = pieces.column(chunk);
    int width = Math.min(d.OW() - left, pieces.columnsAtOnce());
    int columns = width + TAPS - 1;
    long inputRow = columns * pixel;
    long outRow = d.OW() * outPixel;
    long image = x + (long) block * d.H() * d.W() * pixel;
    long tiles = Scratch.address(2 * POINTS * inputRow + TILE * outPixel);
    long input = tiles + POINTS * inputRow;
    long clipped = input + POINTS * inputRow;
    for (int tileRow = pieces.row(chunk); tileRow < end; tileRow++) {
      int oy = tileRow * TILE;
      transform(image, oy - d.padH(), left - d.padW(), columns, input, tiles);
      long to = y + (((long) block * d.OH() + oy) * d.OW() + left) * outPixel;
      int rows = Math.min(TILE, d.OH() - oy);
      for (int ox = 0; ox < width; ox++) {
        long tile = tiles + (long) ox * POINTS * pixel;
        if (rows == TILE) {
          multiply(tile, weights, to + ox * outPixel, outRow);
        } else {
          multiply(tile, weights, clipped, outPixel);
          for (int row = 0; row < rows; row++) {
            VectorMemory.copyVectors(
                clipped + row * outPixel, to + row * outRow + ox * outPixel, K);
          }
        }
      }
    }
  }

  /** Bᵀ x of a row of tiles, [column][c][point]. */
  private void transform(long image, int top, int left, int columns, long input, long tiles) {
    long row = columns * pixel;
    for (int i = 0; i < POINTS; i++) {
      if (top + i < 0 || top + i >= d.H()) {
        VectorMemory.zeroVectors(input + i * row, columns * C);
      }
    }
    ConvParts.copy(image, d.H(), d.W(), C, top, POINTS, left, columns, input);
    INPUT.run(
        input,
        row,
        Lanes.BYTES,
        tiles,
        Lanes.BYTES,
        (long) POINTS * Lanes.BYTES,
        columns * C,
        Lanes.L);
  }

  /** All output channels of a tile. The last block begins earlier where they are no multiple. */
  private void multiply(long tile, long weights, long to, long row) {
    int whole = K / blocks.high();
    multiply(tile, weights, 0, whole, to, row);
    if (whole < blocks.count()) {
      multiply(tile, weights, whole, 1, to, row);
    }
  }

  private void multiply(long tile, long weights, int block, int count, long to, long row) {
    int k = blocks.first(block);
    kernel.run(
        weights + block * blockBytes,
        stepBytes,
        tile,
        (long) POINTS * Lanes.BYTES,
        0,
        TAPS * C,
        1,
        0,
        0,
        count,
        blockBytes,
        0,
        to + (long) k * Lanes.BYTES,
        row,
        0,
        bias + (long) k * Float.BYTES);
  }
}
