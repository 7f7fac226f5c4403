package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Winograd convolution along the rows only, with stride 1, forward and backward-data: F(4, 5) has 8
 * products for each row of taps where direct convolution has 20. It serves where channels are too
 * few for tiles of two dimensions ({@link Winograd}): there a sum runs over the channels alone and
 * every product is transformed twice; here it runs over the rows of taps, too, and what is
 * transformed serves all of them.
 *
 * <p>A chunk is a column of tiles in some rows of one block of images. Its input is transformed to
 * [point][row][C][L], where the rows of taps and the channels of an output row follow each other:
 * the product at a point is one sum, and the vectors of a block are output rows.
 */
final class WinogradRows {
  /** V and M of a chunk, which leave L2 room for the weights and the images. */
  private static final long CACHE_BYTES = 512 << 10;

  /** The point whose product is added to every output with factor one. */
  private static final int BIAS_POINT = 1;

  private final WinogradTiles d;
  private final WinogradTransform size;
  private final PixelBlocks blocks;
  private final long x;
  private final long y;
  private final long bias;
  private final int steps;
  private final int rowsAtOnce;
  private final int rowPieces;
  private final long vPoint;
  private final long mPoint;
  private final long wPoint;
  private long weights;

  private WinogradRows(WinogradTiles d, long x, long y, long bias) {
    this.d = d;
    this.x = x;
    this.y = y;
    this.bias = bias;
    size = d.size();
    steps = size.taps * d.C();
    long rowBytes = (long) size.points * (d.C() + d.K()) * Lanes.BYTES;
    int most = (int) Math.clamp(CACHE_BYTES / rowBytes - size.taps + 1, 1, d.OH());
    rowsAtOnce = Math.ceilDiv(d.OH(), Math.ceilDiv(d.OH(), most));
    rowPieces = Math.ceilDiv(d.OH(), rowsAtOnce);
    blocks = ConvParts.tiles(d.K(), rowsAtOnce, steps, Epilogue.STORE);
    vPoint = WinogradTransform.stride((long) inputRows(rowsAtOnce) * d.C() * Lanes.BYTES);
    mPoint = WinogradTransform.stride((long) rowsAtOnce * d.K() * Lanes.BYTES);
    wPoint = (long) d.K() * steps * Float.BYTES;
  }

  /** y = x * w + bias, see {@link Conv2dKernel#forward}. */
  static void forward(
      Operand x,
      Operand w,
      @Nullable Operand bias,
      Operand y,
      Conv2dDims d,
      WinogradTransform size) {
    long biases = bias == null ? 0 : Operand.address(bias);
    new WinogradRows(WinogradTiles.of(size, d), Operand.address(x), Operand.address(y), biases)
        .run(Operand.address(w), d, false);
  }

  /** dx from dy and w, see {@link Conv2dKernel#backwardInput}. */
  static void backwardInput(
      Operand dy, Operand w, Operand dx, Conv2dDims d, WinogradTransform size) {
    WinogradTiles tiles = WinogradTiles.ofInputGradient(size, d);
    new WinogradRows(tiles, Operand.address(dy), Operand.address(dx), 0)
        .run(Operand.address(w), d, true);
  }

  private void run(long w, Conv2dDims conv, boolean transposed) {
    long packedBytes = (long) conv.K() * conv.C() * size.taps * size.taps * Float.BYTES;
    Block block =
        Pool.global().allocate(packedBytes + Lanes.BYTES + size.points * wPoint, "conv2d weights");
    long packed = block.address();
    weights = packed + packedBytes + Lanes.BYTES;
    ConvWeights.pack(w, packed, conv, blocks.rows, transposed);
    int rowsOfTaps = blocks.rows.count() * size.taps;
    Chunks.run(
        rowsOfTaps,
        wPoint / Float.BYTES * size.points / rowsOfTaps,
        (begin, end) -> {
          for (int i = (int) begin; i < end; i++) {
            weight(packed, i / size.taps, i % size.taps);
          }
        });
    Team.global().run(d.blocks() * rowPieces * d.across(), this::chunk);
    block.free();
  }

  /**
   * G g for one row of taps of a block of output channels, from [block][R][S][C][row of the block]
   * to [point][block][R][C][row of the block].
   */
  private void weight(long packed, int block, int r) {
    int width = d.C() * blocks.rows.height(block);
    long first = (long) blocks.rows.first(block) * steps;
    long from = packed + (first + (long) r * width) * size.taps * Float.BYTES;
    long to = weights + (first + (long) r * width) * Float.BYTES;
    long tap = (long) width * Float.BYTES;
    int whole = width / Lanes.L;
    int rest = width % Lanes.L;
    size.weight(from, tap, Lanes.BYTES, to, wPoint, Lanes.BYTES, whole, Lanes.L);
    if (rest > 0) {
      long done = (long) whole * Lanes.BYTES;
      size.weight(from + done, tap, Lanes.BYTES, to + done, wPoint, Lanes.BYTES, 1, rest);
    }
  }

  private int inputRows(int rows) {
    return rows + size.taps - 1;
  }

  private void chunk(int chunk) {
    int tile = chunk % d.across();
    int oy = chunk / d.across() % rowPieces * rowsAtOnce;
    int image = chunk / d.across() / rowPieces;
    int rows = Math.min(rowsAtOnce, d.OH() - oy);
    if (rows <= 0) {
      return;
    }
    long patchBytes =
        Math.max((long) size.inputs * d.C(), (long) size.outputs * d.K()) * Lanes.BYTES;
    long patch = Scratch.address(patchBytes + size.points * (vPoint + mPoint));
    long v = patch + patchBytes;
    long m = v + size.points * vPoint;
    input(image, oy - d.padH(), tile * size.outputs - d.padW(), inputRows(rows), v, patch);
    for (int point = 0; point < size.points; point++) {
      blocks.multiply(
          weights + point * wPoint,
          v + point * vPoint,
          (long) d.C() * Lanes.BYTES,
          rows,
          steps,
          0,
          blocks.rows.count(),
          m + point * mPoint,
          (long) d.K() * Lanes.BYTES,
          0);
    }
    if (bias != 0) {
      addBias(m + BIAS_POINT * mPoint, rows);
    }
    output(m, image, oy, tile * size.outputs, rows, patch);
  }

  /** Bᵀ d, row by row; rows and columns outside the image are zeros. */
  private void input(int image, int top, int left, int rows, long v, long patch) {
    long pixel = (long) d.C() * Lanes.BYTES;
    long from = x + (long) image * d.H() * d.W() * pixel;
    long row = d.W() * pixel;
    boolean inside = left >= 0 && left + size.inputs <= d.W();
    for (int i = 0; i < rows; i++) {
      long to = v + i * pixel;
      if (top + i >= 0 && top + i < d.H()) {
        if (!inside) {
          ConvParts.copy(from, d.H(), d.W(), d.C(), top + i, 1, left, size.inputs, patch);
        }
        long source = inside ? from + (top + i) * row + left * pixel : patch;
        size.input(source, pixel, Lanes.BYTES, to, vPoint, Lanes.BYTES, d.C());
      } else {
        for (int point = 0; point < size.points; point++) {
          VectorMemory.zeroVectors(to + point * vPoint, d.C());
        }
      }
    }
  }

  /** An epilogue of the product would be a kernel of its own, for an eighth of the work. */
  private void addBias(long m, int rows) {
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < d.K(); k++) {
        long at = m + ((long) i * d.K() + k) * Lanes.BYTES;
        FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, at, Mem.ORDER)
            .add(Mem.get(bias + k * 4L))
            .intoMemorySegment(Mem.ALL, at, Mem.ORDER);
      }
    }
  }

  /** Aᵀ m, row by row, clipped at the right edge. */
  private void output(long m, int image, int oy, int ox, int rows, long patch) {
    long pixel = (long) d.K() * Lanes.BYTES;
    int columns = Math.min(size.outputs, d.OW() - ox);
    for (int i = 0; i < rows; i++) {
      long from = m + i * pixel;
      long to = y + (((long) image * d.OH() + oy + i) * d.OW() + ox) * pixel;
      boolean whole = columns == size.outputs;
      size.output(from, mPoint, Lanes.BYTES, whole ? to : patch, pixel, Lanes.BYTES, d.K());
      if (!whole) {
        VectorMemory.copyVectors(patch, to, columns * d.K());
      }
    }
  }
}
