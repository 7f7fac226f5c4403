package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Direct convolution, forward: see {@link Conv2dKernel}. A chunk is a piece of the output, all
 * channels of it. Its input, copied between zeros where there is padding, stays in L2 while one
 * tile of weights after the other, which stays in L1 or L2, passes over all its pixels.
 */
public final class ConvForward {
  private ConvForward() {}

  /**
   * y = x * w + bias.
   *
   * @param x [blocks][H][W][C][L]
   * @param w [K][C/groups][R][S]
   * @param bias [K], or null
   * @param y [blocks][OH][OW][K][L]
   */
  public static void run(Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    int groupC = d.groupC();
    int groupK = d.groupK();
    long reduction = (long) d.R() * d.S() * groupC;
    PixelBlocks tiles =
        ConvParts.tiles(groupK, d.OW(), reduction, bias == null ? Epilogue.STORE : Epilogue.BIAS);
    int atOnce = tiles.blocksAtOnce(reduction);
    Block packed = Pool.global().allocate(d.K() * reduction * 4, "conv2d weights");
    long weights = packed.address();
    // [block][R][S][C][row of the block]
    ConvWeights.pack(Operand.address(w), weights, d, tiles.rows, false);
    long from = Operand.address(x);
    long biases = bias == null ? 0 : Operand.address(bias);
    long to = Operand.address(y);
    long pixel = (long) d.C() * Lanes.BYTES;
    long outPixel = (long) d.K() * Lanes.BYTES;
    boolean padded = d.padW() > 0;
    boolean merged = d.dilationW() == 1 && d.groups() == 1; // S*C is one contiguous run
    int halo = (d.R() - 1) * d.dilationH() + 1;
    int margin = (d.S() - 1) * d.dilationW() + 1;
    ConvPieces pieces =
        ConvPieces.of(
            d.OH(),
            d.OW(),
            d.strideH(),
            halo,
            d.strideW() * pixel,
            d.multiplyAdds() * Lanes.roundUp(d.N()) / d.N(),
            d.blocks());
    Team.global()
        .run(
            d.blocks() * pieces.count(),
            chunk -> {
              int block = chunk / pieces.count();
              int oy = pieces.row(chunk);
              int ox = pieces.column(chunk);
              int endRow = Math.min(d.OH(), oy + pieces.rowsAtOnce());
              int width = Math.min(d.OW() - ox, pieces.columnsAtOnce());
              int top = oy * d.strideH() - d.padH();
              int left = ox * d.strideW() - d.padW();
              long image = from + (long) block * d.H() * d.W() * pixel;
              // Where input row `top`, column `left` is, or would be.
              long input = image + ((long) top * d.W() + left) * pixel;
              long inRow = d.W() * pixel;
              if (padded) {
                int rows = (endRow - oy - 1) * d.strideH() + halo;
                int columns = (width - 1) * d.strideW() + margin;
                inRow = columns * pixel;
                input = Scratch.address(rows * inRow);
                ConvParts.copy(image, d.H(), d.W(), d.C(), top, rows, left, columns, input);
              }
              for (int g = 0; g < d.groups(); g++) {
                for (int rows = 0; rows < tiles.rows.count(); rows += atOnce) {
                  for (int row = oy; row < endRow; row++) {
                    int first = row * d.strideH() - d.padH();
                    int r = first < 0 ? Math.min(d.R(), Math.ceilDiv(-first, d.dilationH())) : 0;
                    int rCount =
                        Math.clamp(Math.ceilDiv(d.H() - first, d.dilationH()) - r, 0, d.R() - r);
                    long inputRow = (long) (row - oy) * d.strideH() + (long) r * d.dilationH();
                    tiles.row(
                        rows,
                        Math.min(tiles.rows.count(), rows + atOnce),
                        weights + (long) g * groupK * reduction * 4,
                        (long) r * d.S() * groupC * 4,
                        reduction,
                        input + inputRow * inRow + (long) g * groupC * Lanes.BYTES,
                        d.strideW() * pixel,
                        width,
                        merged ? d.S() * groupC : groupC,
                        merged ? 1 : d.S(),
                        groupC * 4L,
                        d.dilationW() * pixel,
                        rCount,
                        (long) d.S() * groupC * 4,
                        d.dilationH() * inRow,
                        to
                            + (((long) block * d.OH() + row) * d.OW() + ox) * outPixel
                            + (long) g * groupK * Lanes.BYTES,
                        outPixel,
                        biases + (long) g * groupK * 4);
                  }
                }
              }
            });
    packed.free();
  }
}
