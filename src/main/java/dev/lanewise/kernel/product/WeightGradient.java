package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.product.FullyConnected.ROWS;
import static dev.lanewise.kernel.product.FullyConnected.VECTORS;
import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;

/**
 * The gradient of the weight of a fully connected layer, dw = dy xᵀ, a sum over the samples; dy is
 * in batch lanes (see {@link FullyConnected}). Small ones are sums over the lanes, of both sides as
 * they lie; all others are a {@link WeightProduct}.
 */
public final class WeightGradient {
  /** Rows and columns of a block whose sums run over the lanes. */
  private static final int REDUCED = Lanes.REGISTERS == 32 ? 5 : 3;

  /** Elements of a weight from which its gradient is better not written and read again. */
  private static final long LARGE = 1 << 17;

  private WeightGradient() {}

  /**
   * Whether x is wanted in batch lanes: sums over the lanes take some cycles each to bring the
   * lanes together, but nothing is transposed, and no part of a block is idle.
   */
  public static boolean sumsOverLanes(int n, int in, int out) {
    long blocks = Math.ceilDiv(n, L);
    int high = Math.min(out, ROWS);
    long panels = Math.ceilDiv(in, VECTORS * L);
    // Cycles: two multiply-adds each, and 90 for a tile of L x L.
    long outer = Math.ceilDiv(out, high) * panels * blocks * L * Math.max(high, 4);
    outer += blocks * Math.ceilDiv(in, L) * 90L;
    long reduced = (long) in * out * (blocks * 3 / 4 + 8);
    return reduced < outer;
  }

  /**
   * Whether the gradient should stay a product until somebody wants its elements: where it is large
   * and its factors are smaller.
   */
  public static boolean defers(int n, int in, int out) {
    long elements = (long) in * out;
    return elements >= LARGE && (long) n * (in + out) <= elements && !sumsOverLanes(n, in, out);
  }

  /**
   * dw = Σ dy xᵀ over the samples.
   *
   * @param x n x in; in batch lanes or, where {@link #sumsOverLanes} does not want them, plain
   * @param lanes whether x is in batch lanes
   * @param dy in batch lanes, n x out
   * @param dw out x in, overwritten
   */
  public static void run(Operand x, boolean lanes, Operand dy, Operand dw, int n, int in, int out) {
    if (lanes && sumsOverLanes(n, in, out)) {
      reduced(Operand.address(x), Operand.address(dy), Operand.address(dw), n, in, out);
    } else {
      new WeightProduct(x, lanes, null, dy, dy, null, null, n, in, out).writeAndFree(dw);
    }
  }

  private static void reduced(long x, long dy, long dw, int n, int in, int out) {
    int high = Math.min(out, REDUCED);
    int wide = Math.min(in, REDUCED);
    int blocks = Math.ceilDiv(n, L);
    BlockKernel kernel = BlockKernels.get(BlockSpec.lanesReduced(high, wide, Epilogue.STORE));
    int down = Math.ceilDiv(out, high);
    int across = Math.ceilDiv(in, wide);
    int parts =
        Math.clamp(down * across / 4, 1, FullyConnected.parts((long) blocks * L * in * out));
    Team.global()
        .run(
            parts,
            part -> {
              long sums = Scratch.address(Scratch.BYTES + (long) high * wide * BYTES);
              int last = (part + 1) * (down * across) / parts;
              for (int i = part * (down * across) / parts; i < last; i++) {
                // The last blocks move back to be whole: two parts may write the same bits.
                int row = Math.min(i / across * high, out - high);
                int column = Math.min(i % across * wide, in - wide);
                kernel.run(
                    dy + (long) row * BYTES,
                    (long) out * BYTES,
                    x + (long) column * BYTES,
                    (long) in * BYTES,
                    BYTES,
                    blocks,
                    1,
                    0,
                    0,
                    1,
                    0,
                    0,
                    dw + ((long) row * in + column) * 4,
                    (long) in * 4,
                    4,
                    sums);
              }
            });
  }
}
