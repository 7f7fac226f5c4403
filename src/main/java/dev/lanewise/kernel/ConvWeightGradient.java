package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * Direct convolution, backward to the weight: chooses between the lanes over taps, over output
 * channels, and, for few of those, the lanes over images as they are, with a sum over the lanes at
 * the end.
 */
final class ConvWeightGradient {
  /** What one block of backward-weights may stream, so that it comes from L2 for the next tile. */
  private static final long CACHE_BYTES = 512 << 10;

  private ConvWeightGradient() {}

  /**
   * dw = the gradient of the weight: sums over images (the lanes), then rows and columns. One block
   * is some output channels times some taps, its accumulators stay in registers over the whole sum,
   * and no two threads share one, so no partial results have to be added.
   *
   * @param x [blocks][H][W][C][L]
   * @param dy [blocks][OH][OW][K][L]
   * @param dw [K][C/groups][R][S]
   */
  static void run(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    if (ConvWeightGradientByTaps.serves(d)) {
      ConvWeightGradientByTaps.run(x, dy, dw, d);
      return;
    }
    // Measured: with fewer output channels most lanes would be empty.
    if (2 * d.groupK() >= Lanes.L) {
      ConvWeightGradientByChannels.run(x, dy, dw, d);
      return;
    }
    int groupC = d.groupC();
    int groupK = d.groupK();
    int oh = d.OH();
    int ow = d.OW();
    boolean merged = d.dilationW() == 1 && d.groups() == 1;
    int run = merged ? d.S() * groupC : groupC; // vectors that follow each other at one tap row
    int runs = merged ? 1 : d.S();
    int tileRows = tile(groupK, Lanes.REGISTERS == 32 ? 5 : 3);
    int tileColumns = tile(run, Lanes.REGISTERS == 32 ? 5 : 3);
    Block padded = ConvParts.pad(x, d);
    long from = padded == null ? Operand.address(x) : padded.address();
    long gradient = Operand.address(dy);
    // [K][R][S][C/groups]; reordered at the end
    Block sums =
        Pool.global().allocate((long) d.K() * d.R() * d.S() * groupC * 4, "conv2d weights");
    long to = sums.address();
    long inPixel = (long) d.C() * Lanes.BYTES;
    long inRow = d.paddedW() * inPixel;
    long outPixel = (long) d.K() * Lanes.BYTES;
    long outRow = ow * outPixel;
    // Rows at a time, so that the part of x and dy that all tiles read stays in the cache.
    long rowBytes = outRow + d.strideH() * inRow;
    int rowsAtOnce = (int) Math.clamp(CACHE_BYTES / rowBytes, 1, oh);
    boolean whole = rowsAtOnce == oh && oh * rowBytes * d.blocks() <= CACHE_BYTES * 4;
    int kTiles = Math.ceilDiv(groupK, tileRows);
    BlockKernel[][] store = reducers(tileRows, groupK, tileColumns, run, Epilogue.STORE);
    BlockKernel[][] add = reducers(tileRows, groupK, tileColumns, run, Epilogue.ACCUMULATE);
    int chunks = d.groups() * kTiles * d.R();
    Team.global()
        .run(
            chunks,
            chunk -> {
              int r = chunk % d.R();
              int g = chunk / d.R() / kTiles;
              int k = chunk / d.R() % kTiles * tileRows;
              int kr = Math.min(tileRows, groupK - k);
              // Output rows whose tap r falls into the image.
              int shift = r * d.dilationH() - d.padH();
              int begin = shift < 0 ? Math.min(oh, Math.ceilDiv(-shift, d.strideH())) : 0;
              int end = Math.clamp(Math.ceilDiv(d.H() - shift, d.strideH()), begin, oh);
              long scratch = Scratch.address((long) tileRows * tileColumns * Lanes.BYTES);
              for (int block = 0; block < d.blocks(); block += whole ? d.blocks() : 1) {
                // At least once, so that what no row reaches becomes zero.
                for (int oy = begin; oy < end || oy == begin; oy += rowsAtOnce) {
                  int rows = Math.min(rowsAtOnce, end - oy);
                  BlockKernel[][] kernels = block == 0 && oy == begin ? store : add;
                  long a =
                      gradient
                          + ((long) block * oh + oy) * outRow
                          + ((long) g * groupK + k) * Lanes.BYTES;
                  long b =
                      from
                          + ((long) block * d.H() + (long) oy * d.strideH() + shift) * inRow
                          + (long) g * groupC * Lanes.BYTES;
                  for (int s = 0; s < runs; s++) {
                    for (int column = 0; column < run; column += tileColumns) {
                      int cc = Math.min(tileColumns, run - column);
                      kernels[kr == tileRows ? 0 : 1][cc == tileColumns ? 0 : 1].run(
                          a,
                          outPixel,
                          b + (long) s * d.dilationW() * inPixel + (long) column * Lanes.BYTES,
                          d.strideW() * inPixel,
                          Lanes.BYTES,
                          ow,
                          rows,
                          outRow,
                          d.strideH() * inRow,
                          whole ? d.blocks() : 1,
                          oh * outRow,
                          d.H() * inRow,
                          to
                              + ((((long) g * groupK + k) * d.R() + r) * d.S() * groupC
                                      + (long) s * groupC
                                      + column)
                                  * 4,
                          (long) d.R() * d.S() * groupC * 4,
                          4,
                          scratch);
                    }
                  }
                }
              }
            });
    ConvWeights.unpackGradient(to, Operand.address(dw), d);
    ConvParts.free(padded);
    sums.free();
  }

  private static BlockKernel[][] reducers(
      int rows, int allRows, int columns, int allColumns, Epilogue epilogue) {
    BlockKernel[][] kernels = new BlockKernel[2][2];
    int[] rs = {rows, allRows % rows};
    int[] cs = {columns, allColumns % columns};
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        if (rs[i] > 0 && cs[j] > 0) {
          kernels[i][j] = BlockKernels.get(BlockSpec.lanesReduced(rs[i], cs[j], epilogue));
        }
      }
    }
    return kernels;
  }

  /**
   * The size of at most {@code most} that cuts {@code size} into tiles that are as even as
   * possible.
   */
  private static int tile(int size, int most) {
    return Math.ceilDiv(size, Math.ceilDiv(size, most));
  }
}
