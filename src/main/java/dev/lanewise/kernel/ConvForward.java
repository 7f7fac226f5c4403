package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/** Direct convolution, forward: see {@link Conv2dKernel}. */
final class ConvForward {
  private ConvForward() {}

  /**
   * y = x * w + bias.
   *
   * @param x [blocks][H][W][C][L]
   * @param w [K][C/groups][R][S]
   * @param bias [K], or null
   * @param y [blocks][OH][OW][K][L]
   */
  static void run(Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    int oh = d.OH();
    int ow = d.OW();
    int groupC = d.groupC();
    int groupK = d.groupK();
    PixelBlocks tiles = ConvParts.tiles(groupK, ow, bias == null ? Epilogue.STORE : Epilogue.BIAS);
    long reduction = (long) d.R() * d.S() * groupC;
    Block packed = Pool.global().allocate(d.K() * reduction * 4, "conv2d weights");
    Block padded = ConvParts.pad(x, d);
    long from = padded == null ? Operand.address(x) : padded.address();
    long weights = packed.address();
    long source = Operand.address(w);
    // [tile][R][S][C][row of the tile]
    ConvWeights.pack(source, weights, d, tiles.rows, false);
    long biases = bias == null ? 0 : Operand.address(bias);
    long to = Operand.address(y);
    long pixel = (long) d.C() * Lanes.BYTES;
    long inRow = d.paddedW() * pixel;
    long outPixel = (long) d.K() * Lanes.BYTES;
    boolean merged = d.dilationW() == 1 && d.groups() == 1; // S*C is one contiguous run
    int rowsPerChunk = ConvParts.rowsPerChunk(d.multiplyAdds() * Lanes.L / d.N() / oh, oh);
    int chunksPerBlock = Math.ceilDiv(oh, rowsPerChunk);
    Team.global()
        .run(
            d.blocks() * chunksPerBlock,
            chunk -> {
              int block = chunk / chunksPerBlock;
              int first = chunk % chunksPerBlock * rowsPerChunk;
              for (int oy = first; oy < Math.min(oh, first + rowsPerChunk); oy++) {
                int top = oy * d.strideH() - d.padH();
                int r = top < 0 ? Math.min(d.R(), Math.ceilDiv(-top, d.dilationH())) : 0;
                int rCount = Math.clamp(Math.ceilDiv(d.H() - top, d.dilationH()) - r, 0, d.R() - r);
                long b = from + ((long) block * d.H() + top + (long) r * d.dilationH()) * inRow;
                long c = to + ((long) block * oh + oy) * ow * outPixel;
                for (int g = 0; g < d.groups(); g++) {
                  tiles.row(
                      weights + (long) g * groupK * reduction * 4,
                      (long) r * d.S() * groupC * 4,
                      reduction,
                      b + (long) g * groupC * Lanes.BYTES,
                      d.strideW() * pixel,
                      ow,
                      merged ? d.S() * groupC : groupC,
                      merged ? 1 : d.S(),
                      groupC * 4L,
                      d.dilationW() * pixel,
                      rCount,
                      (long) d.S() * groupC * 4,
                      d.dilationH() * inRow,
                      c + (long) g * groupK * Lanes.BYTES,
                      outPixel,
                      biases + (long) g * groupK * 4);
                }
              }
            });
    ConvParts.free(padded);
    packed.free();
  }
}
