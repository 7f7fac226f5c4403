package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/** Direct convolution, backward to the input: see {@link Conv2dKernel}. */
final class ConvInputGradient {
  private ConvInputGradient() {}

  /**
   * dx = the gradient of the input. Output pixels that share a remainder by the stride share their
   * taps, an arithmetic progression; each such phase is a convolution of dy with stride 1.
   *
   * @param dy [blocks][OH][OW][K][L]
   * @param w [K][C/groups][R][S]
   * @param dx [blocks][H][W][C][L]
   */
  static void run(Operand dy, Operand w, Operand dx, Conv2dDims d) {
    Phases ys = new Phases(d.H(), d.OH(), d.R(), d.strideH(), d.padH(), d.dilationH());
    Phases xs = new Phases(d.W(), d.OW(), d.S(), d.strideW(), d.padW(), d.dilationW());
    int groupC = d.groupC();
    int groupK = d.groupK();
    long reduction = (long) d.R() * d.S() * groupK;
    int widest = Math.ceilDiv(d.W(), d.strideW());
    PixelBlocks tiles = ConvParts.tiles(groupC, widest, Epilogue.STORE);
    Block packed = Pool.global().allocate(d.C() * reduction * 4, "conv2d weights");
    Block padded = null;
    long from = Operand.address(dy);
    int columns = d.OW() + xs.before + xs.after;
    if (xs.before + xs.after > 0) {
      long bytes = (long) d.blocks() * d.OH() * columns * d.K() * Lanes.BYTES;
      padded = Pool.global().allocate(bytes, "conv2d padding");
      Reorder.padLanes(
          dy, new ConvParts.Place(padded), d.N(), d.K(), d.OH(), d.OW(), 0, 0, xs.before, xs.after);
      from = padded.address();
    }
    long weights = packed.address();
    // [tile][R descending][S descending][K][row of the tile]: then taps ascend in dy as well.
    ConvWeights.pack(Operand.address(w), weights, d, tiles.rows, true);
    long source = from;
    long to = Operand.address(dx);
    long pixel = (long) d.K() * Lanes.BYTES;
    long inRow = columns * pixel;
    long outPixel = (long) d.C() * Lanes.BYTES;
    int rowsPerChunk = ConvParts.rowsPerChunk(d.multiplyAdds() * Lanes.L / d.N() / d.H(), d.H());
    int chunksPerBlock = Math.ceilDiv(d.H(), rowsPerChunk);
    Team.global()
        .run(
            d.blocks() * chunksPerBlock,
            chunk -> {
              int block = chunk / chunksPerBlock;
              int first = chunk % chunksPerBlock * rowsPerChunk;
              for (int y = first; y < Math.min(d.H(), first + rowsPerChunk); y++) {
                int r = ys.lastTapInside(y);
                int rCount = ys.tapsInside(y, r, d.OH());
                for (int px = 0; px < Math.min(d.strideW(), d.W()); px++) {
                  int s = xs.lastTap(px);
                  int sCount = xs.taps(s);
                  int width = Math.ceilDiv(d.W() - px, d.strideW());
                  long c = to + (((long) block * d.H() + y) * d.W() + px) * outPixel;
                  if (rCount == 0 || sCount == 0) {
                    for (int i = 0; i < width; i++) {
                      Mem.ALL
                          .asSlice(c + (long) i * d.strideW() * outPixel, outPixel)
                          .fill((byte) 0);
                    }
                    continue;
                  }
                  boolean merged =
                      xs.tapStep == 1 && xs.inputStep == 1 && d.groups() == 1; // S*K contiguous
                  long b =
                      source
                          + ((long) block * d.OH() + ys.position(y, r)) * inRow
                          + (xs.position(px, s) + xs.before) * pixel;
                  long tap = ((long) (d.R() - 1 - r) * d.S() + (d.S() - 1 - s)) * groupK * 4;
                  for (int g = 0; g < d.groups(); g++) {
                    tiles.row(
                        weights + (long) g * groupC * reduction * 4,
                        tap,
                        reduction,
                        b + (long) g * groupK * Lanes.BYTES,
                        pixel,
                        width,
                        merged ? sCount * groupK : groupK,
                        merged ? 1 : sCount,
                        (long) xs.tapStep * groupK * 4,
                        xs.inputStep * pixel,
                        rCount,
                        (long) ys.tapStep * d.S() * groupK * 4,
                        ys.inputStep * inRow,
                        c + (long) g * groupC * Lanes.BYTES,
                        d.strideW() * outPixel,
                        0);
                  }
                }
              }
            });
    ConvParts.free(padded);
    packed.free();
  }
}
