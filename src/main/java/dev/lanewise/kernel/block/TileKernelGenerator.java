package dev.lanewise.kernel.block;

import dev.lanewise.kernel.template.VectorCode;
import dev.lanewise.kernel.vector.Lanes;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.Arrays;

/**
 * Writes the block kernels of the form {@link BlockSpec.Form#TILES}: all six points of a tile and
 * some output channels are accumulators, and when a sum is complete its outputs are made of them in
 * registers. The points are never written.
 *
 * <p>As in {@link BlockKernelGenerator} one loop runs over all steps, here of all blocks of
 * channels: sums of a first layer have 9 to 36 steps, and a call for each would cost as much as its
 * multiply-adds. Four channels fill the registers: 24 sums, 6 vectors of points, a weight. Two
 * tiles with two channels would need fewer loads, but the compiler loads all twelve vectors first
 * and spills (docs/notes/winograd.md).
 */
final class TileKernelGenerator {
  private static final int POINTS = BlockSpec.TILE_POINTS;
  private static final int OUTPUTS = BlockSpec.TILE_OUTPUTS;

  private final BlockSpec spec;
  private final CodeBuilder code;
  private final VectorCode vectors;
  private final BlockLoop loop;

  /** [channel][point]. */
  private final int[][] sum;

  private final int[] tile;
  private final int[] output;
  private final int weight;

  private TileKernelGenerator(BlockSpec spec, CodeBuilder code) {
    this.spec = spec;
    this.code = code;
    vectors = new VectorCode(code);
    loop = new BlockLoop(code);
    sum = new int[spec.channels()][];
    Arrays.setAll(sum, channel -> locals(POINTS, TypeKind.REFERENCE));
    tile = locals(POINTS, TypeKind.REFERENCE);
    output = locals(OUTPUTS, TypeKind.LONG);
    weight = code.allocateLocal(TypeKind.REFERENCE);
  }

  private int[] locals(int count, TypeKind kind) {
    int[] slots = new int[count];
    Arrays.setAll(slots, i -> code.allocateLocal(kind));
    return slots;
  }

  /** The class file of a kernel. */
  static byte[] bytes(BlockSpec spec, int shift) {
    return VectorCode.kernelForSecondTier(
        TileKernelGenerator.class,
        "TileKernel" + spec.channels() + spec.epilogue(),
        BlockKernel.class,
        BlockLoop.RUN,
        shift,
        code -> new TileKernelGenerator(spec, code).body());
  }

  private void body() {
    zero();
    code.lconst_0().lstore(loop.b2); // all blocks of channels read the same tile
    loop.write(
        this::step,
        () -> {
          outputs();
          zero();
        });
    loop.turns();
    code.return_();
  }

  private void zero() {
    for (int[] channel : sum) {
      for (int point : channel) {
        vectors.zero();
        code.astore(point);
      }
    }
  }

  /** The points of the tile, then point by point a weight of each channel. */
  private void step() {
    for (int p = 0; p < POINTS; p++) {
      long offset = (long) p * Lanes.BYTES;
      vectors.load(() -> code.lload(loop.b).loadConstant(offset).ladd());
      code.astore(tile[p]);
    }
    for (int p = 0; p < POINTS; p++) {
      for (int channel = 0; channel < sum.length; channel++) {
        long offset = (long) (p * sum.length + channel) * Float.BYTES;
        vectors.broadcast(() -> code.lload(loop.a).loadConstant(offset).ladd());
        code.astore(weight).aload(weight).aload(tile[p]).aload(sum[channel][p]);
        vectors.fma();
        code.astore(sum[channel][p]);
      }
    }
  }

  private void outputs() {
    if (spec.epilogue().addsBias()) {
      code.lload(loop.bias);
      vectors.inRange();
      code.lstore(loop.bias);
    }
    code.lload(loop.c);
    for (int row = 0; row < OUTPUTS; row++) {
      if (row > 0) {
        code.lload(output[row - 1]).lload(loop.cRow).ladd();
      }
      vectors.inRange();
      code.lstore(output[row]);
    }
    for (int channel = 0; channel < sum.length; channel++) {
      outputs(channel);
    }
    code.lload(loop.c).loadConstant((long) sum.length * Lanes.BYTES).ladd().lstore(loop.c);
    code.lload(loop.bias).loadConstant((long) sum.length * Float.BYTES).ladd().lstore(loop.bias);
  }

  /** Aᵀ m, see {@link BlockSpec#TILE_OUTPUTS}. */
  private void outputs(int channel) {
    int[] m = sum[channel];
    if (spec.epilogue().addsBias()) {
      code.aload(m[1]);
      vectors.broadcast(
          () -> code.lload(loop.bias).loadConstant((long) channel * Float.BYTES).ladd());
      vectors.binary("add");
      code.astore(m[1]);
    }
    sumAndDifference(m[1], m[2]);
    sumAndDifference(m[3], m[4]);
    code.aload(m[0]).aload(m[1]);
    vectors.binary("add");
    code.aload(m[3]);
    vectors.binary("add");
    store(0, channel);
    multiple(m[4], 2, m[2]);
    store(1, channel);
    multiple(m[3], 4, m[1]);
    store(2, channel);
    multiple(m[4], 8, m[2]);
    code.aload(m[5]);
    vectors.binary("add");
    store(3, channel);
  }

  private void sumAndDifference(int p, int q) {
    code.aload(p).aload(q);
    vectors.binary("add");
    code.aload(p).aload(q);
    vectors.binary("sub");
    code.astore(q).astore(p);
  }

  /** Pushes value * factor + addend. */
  private void multiple(int value, float factor, int addend) {
    code.aload(value);
    vectors.constant(factor);
    code.aload(addend);
    vectors.fma();
  }

  private void store(int row, int channel) {
    vectors.store(() -> code.lload(output[row]).loadConstant((long) channel * Lanes.BYTES).ladd());
  }
}
