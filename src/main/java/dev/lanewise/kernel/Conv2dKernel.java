package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Direct convolution, all three passes, on the batch-reduce GEMM. Images lie with the lanes over
 * the batch, [block][H][W][C][L], so a vector is one channel of one pixel of L images: no channel
 * count is special, and forward, backward-data and backward-weights are the same register block
 * with other strides. Padding left and right is a copy with zeros (one pass over the input); above
 * and below, the taps that fall outside are left out.
 *
 * <p>Weights stay [K][C/groups][R][S] for users, and are packed for each pass into the order in
 * which the block reads them (a share of about 1/(OH*OW*N) of the work).
 */
public final class Conv2dKernel {
  /** Work that is worth a chunk of its own: about 20 µs. */
  private static final long CHUNK_MULTIPLY_ADDS = 2_000_000;

  /** What one block of backward-weights may stream, so that it comes from L2 for the next tile. */
  private static final long CACHE_BYTES = 512 << 10;

  private record TileKey(int channels, int width, Epilogue epilogue) {}

  private static final ConcurrentHashMap<TileKey, PixelBlocks> TILES = new ConcurrentHashMap<>();

  private Conv2dKernel() {}

  private static PixelBlocks tiles(int channels, int width, Epilogue epilogue) {
    return TILES.computeIfAbsent(
        new TileKey(channels, width, epilogue),
        key -> new PixelBlocks(key.channels, key.width, key.epilogue));
  }

  /**
   * y = x * w + bias.
   *
   * @param x [blocks][H][W][C][L]
   * @param w [K][C/groups][R][S]
   * @param bias [K], or null
   * @param y [blocks][OH][OW][K][L]
   */
  public static void forward(
      Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    int oh = d.OH();
    int ow = d.OW();
    int groupC = d.groupC();
    int groupK = d.groupK();
    PixelBlocks tiles = tiles(groupK, ow, bias == null ? Epilogue.STORE : Epilogue.BIAS);
    long reduction = (long) d.R() * d.S() * groupC;
    Block packed = Pool.global().allocate(d.K() * reduction * 4, "conv2d weights");
    Block padded = pad(x, d);
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
    int rowsPerChunk = rowsPerChunk(d.multiplyAdds() * Lanes.L / d.N() / oh, oh);
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
    free(padded);
    packed.free();
  }

  /**
   * dx = the gradient of the input. Output pixels that share a remainder by the stride share their
   * taps, an arithmetic progression; each such phase is a convolution of dy with stride 1.
   *
   * @param dy [blocks][OH][OW][K][L]
   * @param w [K][C/groups][R][S]
   * @param dx [blocks][H][W][C][L]
   */
  public static void backwardInput(Operand dy, Operand w, Operand dx, Conv2dDims d) {
    Phases ys = new Phases(d.H(), d.OH(), d.R(), d.strideH(), d.padH(), d.dilationH());
    Phases xs = new Phases(d.W(), d.OW(), d.S(), d.strideW(), d.padW(), d.dilationW());
    int groupC = d.groupC();
    int groupK = d.groupK();
    long reduction = (long) d.R() * d.S() * groupK;
    int widest = Math.ceilDiv(d.W(), d.strideW());
    PixelBlocks tiles = tiles(groupC, widest, Epilogue.STORE);
    Block packed = Pool.global().allocate(d.C() * reduction * 4, "conv2d weights");
    Block padded = null;
    long from = Operand.address(dy);
    int columns = d.OW() + xs.before + xs.after;
    if (xs.before + xs.after > 0) {
      long bytes = (long) d.blocks() * d.OH() * columns * d.K() * Lanes.BYTES;
      padded = Pool.global().allocate(bytes, "conv2d padding");
      Reorder.padLanes(
          dy, new Place(padded), d.N(), d.K(), d.OH(), d.OW(), 0, 0, xs.before, xs.after);
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
    int rowsPerChunk = rowsPerChunk(d.multiplyAdds() * Lanes.L / d.N() / d.H(), d.H());
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
    free(padded);
    packed.free();
  }

  /**
   * dw = the gradient of the weight: sums over images (the lanes), then rows and columns. One block
   * is some output channels times some taps, its accumulators stay in registers over the whole sum,
   * and no two threads share one, so no partial results have to be added.
   *
   * @param x [blocks][H][W][C][L]
   * @param dy [blocks][OH][OW][K][L]
   * @param dw [K][C/groups][R][S]
   */
  public static void backwardWeight(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    int groupC = d.groupC();
    int groupK = d.groupK();
    int oh = d.OH();
    int ow = d.OW();
    boolean merged = d.dilationW() == 1 && d.groups() == 1;
    int run = merged ? d.S() * groupC : groupC; // vectors that follow each other at one tap row
    int runs = merged ? 1 : d.S();
    int tileRows = tile(groupK, Lanes.REGISTERS == 32 ? 5 : 3);
    int tileColumns = tile(run, Lanes.REGISTERS == 32 ? 5 : 3);
    Block padded = pad(x, d);
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
    free(padded);
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

  private static int rowsPerChunk(long multiplyAddsPerRow, int rows) {
    return (int) Math.clamp(CHUNK_MULTIPLY_ADDS / Math.max(multiplyAddsPerRow, 1), 1, rows);
  }

  /**
   * The input with zeros left and right; above and below, the taps outside are left out instead.
   */
  private static @Nullable Block pad(Operand x, Conv2dDims d) {
    if (d.padW() == 0) {
      return null;
    }
    long bytes = (long) d.blocks() * d.H() * d.paddedW() * d.C() * Lanes.BYTES;
    Block padded = Pool.global().allocate(bytes, "conv2d padding");
    Reorder.padLanes(x, new Place(padded), d.N(), d.C(), d.H(), d.W(), 0, 0, d.padW(), d.padW());
    return padded;
  }

  private static void free(@Nullable Block block) {
    if (block != null) {
      block.free();
    }
  }

  /** A block of the pool as an operand. */
  private record Place(Block block) implements Operand {
    @Override
    public long byteOffset() {
      return 0;
    }
  }
}
