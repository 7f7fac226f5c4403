package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/** Direct convolution, backward to the input: see {@link Conv2dKernel}. */
public final class ConvInputGradient {
  private static final int FEW_CHANNELS = 8;

  private ConvInputGradient() {}

  /**
   * dx = the gradient of the input. Output pixels that share a remainder by the stride share their
   * taps, an arithmetic progression; each such phase is a convolution of dy with stride 1.
   *
   * @param dy [blocks][OH][OW][K][L]
   * @param w [K][C/groups][R][S]
   * @param dx [blocks][H][W][C][L]
   */
  public static void run(Operand dy, Operand w, Operand dx, Conv2dDims d) {
    Phases ys = new Phases(d.H(), d.OH(), d.R(), d.strideH(), d.padH(), d.dilationH());
    Phases xs = new Phases(d.W(), d.OW(), d.S(), d.strideW(), d.padW(), d.dilationW());
    int groupC = d.groupC();
    int groupK = d.groupK();
    long reduction = (long) d.R() * d.S() * groupK;
    int widest = Math.ceilDiv(d.W(), d.strideW());
    long steps = Math.max(1, reduction / ((long) d.strideH() * d.strideW()));
    PixelBlocks tiles = ConvParts.tiles(groupC, widest, steps, Epilogue.STORE);
    int atOnce = tiles.blocksAtOnce(reduction);
    Block packed = Pool.global().allocate(d.C() * reduction * 4, "conv2d weights");
    long weights = packed.address();
    // [block][R descending][S descending][K][row of the block]: then taps ascend in dy as well.
    ConvWeights.pack(Operand.address(w), weights, d, tiles.rows, true);
    long from = Operand.address(dy);
    int columns = d.OW() + xs.before + xs.after;
    boolean padded = columns > d.OW();
    // Few channels: a row of dx costs less than copies of all rows of dy that it reads. Copy once.
    boolean whole = padded && groupC < FEW_CHANNELS;
    Block border = whole ? pad(dy, d, xs) : null;
    long bordered = border == null ? 0 : border.address();
    long to = Operand.address(dx);
    long pixel = (long) d.K() * Lanes.BYTES;
    long inRow = columns * pixel;
    long outPixel = (long) d.C() * Lanes.BYTES;
    // Pieces of whole rows: what a phase reads is not an even range of columns.
    ConvPieces pieces =
        ConvPieces.ofRows(
            d.H(),
            (double) d.OH() / d.H(),
            ys.span(),
            inRow,
            d.multiplyAdds() * Lanes.roundUp(d.N()) / d.N(),
            d.blocks());
    Team.global()
        .run(
            d.blocks() * pieces.count(),
            chunk -> {
              int block = chunk / pieces.count();
              int first = pieces.row(chunk);
              int end = Math.min(d.H(), first + pieces.rowsAtOnce());
              long image = from + (long) block * d.OH() * d.OW() * pixel;
              long source = image; // row 0 of dy
              if (whole) {
                source = bordered + (long) block * d.OH() * inRow;
              } else if (padded) {
                int top = d.OH();
                int bottom = 0;
                for (int y = first; y < end; y++) {
                  int r = ys.lastTapInside(y);
                  int count = ys.tapsInside(y, r, d.OH());
                  if (count > 0) {
                    top = Math.min(top, ys.position(y, r));
                    bottom = Math.max(bottom, ys.position(y, r) + (count - 1) * ys.inputStep + 1);
                  }
                }
                int rows = Math.max(0, bottom - top);
                long copy = Scratch.address(rows * inRow);
                ConvParts.copy(image, d.OH(), d.OW(), d.K(), top, rows, -xs.before, columns, copy);
                source = copy - top * inRow;
              }
              for (int g = 0; g < d.groups(); g++) {
                for (int rows = 0; rows < tiles.rows.count(); rows += atOnce) {
                  int endRows = Math.min(tiles.rows.count(), rows + atOnce);
                  int k = tiles.rows.first(rows);
                  for (int y = first; y < end; y++) {
                    int r = ys.lastTapInside(y);
                    int rCount = ys.tapsInside(y, r, d.OH());
                    for (int px = 0; px < Math.min(d.strideW(), d.W()); px++) {
                      int s = xs.lastTap(px);
                      int sCount = xs.taps(s);
                      int width = Math.ceilDiv(d.W() - px, d.strideW());
                      long c =
                          to
                              + (((long) block * d.H() + y) * d.W() + px) * outPixel
                              + (long) g * groupC * Lanes.BYTES;
                      if (rCount == 0 || sCount == 0) {
                        zero(
                            c + (long) k * Lanes.BYTES,
                            width,
                            d.strideW() * outPixel,
                            tiles.rows.first(endRows) - k);
                        continue;
                      }
                      boolean merged =
                          xs.tapStep == 1 && xs.inputStep == 1 && d.groups() == 1; // S*K contiguous
                      tiles.row(
                          rows,
                          endRows,
                          weights + (long) g * groupC * reduction * 4,
                          ((long) (d.R() - 1 - r) * d.S() + (d.S() - 1 - s)) * groupK * 4,
                          reduction,
                          source
                              + ys.position(y, r) * inRow
                              + (xs.position(px, s) + xs.before) * pixel
                              + (long) g * groupK * Lanes.BYTES,
                          pixel,
                          width,
                          merged ? sCount * groupK : groupK,
                          merged ? 1 : sCount,
                          (long) xs.tapStep * groupK * 4,
                          xs.inputStep * pixel,
                          rCount,
                          (long) ys.tapStep * d.S() * groupK * 4,
                          ys.inputStep * inRow,
                          c,
                          d.strideW() * outPixel,
                          0);
                    }
                  }
                }
              }
            });
    if (border != null) {
      border.free();
    }
    packed.free();
  }

  /** dy between columns of zeros. */
  private static Block pad(Operand dy, Conv2dDims d, Phases xs) {
    int columns = d.OW() + xs.before + xs.after;
    long bytes = (long) d.blocks() * d.OH() * columns * d.K() * Lanes.BYTES;
    Block block = Pool.global().allocate(bytes, "conv2d padding");
    Reorder.padLanes(
        dy, new ConvParts.Place(block), d.N(), d.K(), d.OH(), d.OW(), 0, 0, xs.before, xs.after);
    return block;
  }

  /** Pixels that no output reaches. */
  private static void zero(long c, int pixels, long step, int channels) {
    for (int i = 0; i < pixels; i++) {
      VectorMemory.zeroVectors(c + i * step, channels);
    }
  }
}
