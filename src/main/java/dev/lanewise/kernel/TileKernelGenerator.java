package dev.lanewise.kernel;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
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
 * and spills (docs/adr/0006).
 */
final class TileKernelGenerator {
  private static final int POINTS = BlockSpec.TILE_POINTS;
  private static final int OUTPUTS = BlockSpec.TILE_OUTPUTS;

  private final BlockSpec spec;
  private final CodeBuilder code;
  private final VectorCode vectors;

  /** [channel][point]. */
  private final int[][] sum;

  private final int[] tile;
  private final int[] output;
  private final int weight;

  private TileKernelGenerator(BlockSpec spec, CodeBuilder code) {
    this.spec = spec;
    this.code = code;
    vectors = new VectorCode(code);
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
  static byte[] bytes(BlockSpec spec) {
    return VectorCode.kernel(
        "TileKernel" + spec.channels() + spec.epilogue(),
        BlockKernel.class,
        BlockKernelGenerator.RUN,
        code -> new TileKernelGenerator(spec, code).body());
  }

  /**
   * <pre>
   * i1 = n1; k = depth;
   * for (left = n2 * n1 * depth; left > 0; left--) {
   *   step(a, b);
   *   a += aDepth; b += bDepth;
   *   if (--k != 0) continue;
   *   k = depth; a += a1 - depth * aDepth; b += b1 - depth * bDepth;
   *   if (--i1 != 0) continue;
   *   i1 = n1; a += a2 - n1 * a1; b -= n1 * b1;
   *   outputs(c, bias);
   *   c += channels * L * 4; bias += channels * 4; sums = 0;
   * }
   * </pre>
   */
  private void body() {
    int slot = 0;
    int a = code.parameterSlot(slot++);
    int aDepth = code.parameterSlot(slot++);
    int b = code.parameterSlot(slot++);
    int bDepth = code.parameterSlot(slot++);
    slot++; // a block has one tile
    int depth = code.parameterSlot(slot++);
    int n1 = code.parameterSlot(slot++);
    int a1 = code.parameterSlot(slot++);
    int b1 = code.parameterSlot(slot++);
    int n2 = code.parameterSlot(slot++);
    int a2 = code.parameterSlot(slot++);
    slot++; // all blocks of channels read the same tile
    int c = code.parameterSlot(slot++);
    int cRow = code.parameterSlot(slot++);
    slot++;
    int bias = code.parameterSlot(slot);
    int left = code.allocateLocal(TypeKind.INT);
    int k = code.allocateLocal(TypeKind.INT);
    int i1 = code.allocateLocal(TypeKind.INT);

    // From here on a2 is what is added to a after a block, and a1 and b1 after a run of steps.
    code.lload(a2).iload(n1).i2l().lload(a1).lmul().lsub().lstore(a2);
    int back = code.allocateLocal(TypeKind.LONG);
    code.iload(n1).i2l().lload(b1).lmul().lneg().lstore(back);
    code.lload(a1).iload(depth).i2l().lload(aDepth).lmul().lsub().lstore(a1);
    code.lload(b1).iload(depth).i2l().lload(bDepth).lmul().lsub().lstore(b1);
    code.iload(depth).istore(k).iload(n1).istore(i1);
    code.iload(n2).iload(n1).imul().iload(depth).imul().istore(left);
    zero();
    Label next = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(next).iload(left).ifle(end);
    step(a, b);
    code.iinc(left, -1);
    advance(a, aDepth);
    advance(b, bDepth);
    code.iinc(k, -1).iload(k).ifne(next);
    code.iload(depth).istore(k);
    advance(a, a1);
    advance(b, b1);
    code.iinc(i1, -1).iload(i1).ifne(next);
    code.iload(n1).istore(i1);
    advance(a, a2);
    advance(b, back);
    outputs(c, cRow, bias);
    zero();
    code.goto_(next).labelBinding(end);
    BlockKernelGenerator.turns(code, k);
    code.return_();
  }

  private void advance(int pointer, int stride) {
    code.lload(pointer).lload(stride).ladd().lstore(pointer);
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
  private void step(int a, int b) {
    keep(a);
    keep(b);
    for (int p = 0; p < POINTS; p++) {
      long offset = (long) p * Lanes.BYTES;
      vectors.load(() -> code.lload(b).loadConstant(offset).ladd());
      code.astore(tile[p]);
    }
    for (int p = 0; p < POINTS; p++) {
      for (int channel = 0; channel < sum.length; channel++) {
        long offset = (long) (p * sum.length + channel) * Float.BYTES;
        vectors.broadcast(() -> code.lload(a).loadConstant(offset).ladd());
        code.astore(weight).aload(weight).aload(tile[p]).aload(sum[channel][p]);
        vectors.fma();
        code.astore(sum[channel][p]);
      }
    }
  }

  private void keep(int address) {
    code.lload(address);
    vectors.inRange();
    code.lstore(address);
  }

  private void outputs(int c, int cRow, int bias) {
    if (spec.epilogue().addsBias()) {
      keep(bias);
    }
    code.lload(c);
    for (int row = 0; row < OUTPUTS; row++) {
      if (row > 0) {
        code.lload(output[row - 1]).lload(cRow).ladd();
      }
      vectors.inRange();
      code.lstore(output[row]);
    }
    for (int channel = 0; channel < sum.length; channel++) {
      outputs(channel, bias);
    }
    code.lload(c).loadConstant((long) sum.length * Lanes.BYTES).ladd().lstore(c);
    code.lload(bias).loadConstant((long) sum.length * Float.BYTES).ladd().lstore(bias);
  }

  /** Aᵀ m, see {@link BlockSpec#TILE_OUTPUTS}. */
  private void outputs(int channel, int bias) {
    int[] m = sum[channel];
    if (spec.epilogue().addsBias()) {
      code.aload(m[1]);
      vectors.broadcast(() -> code.lload(bias).loadConstant((long) channel * Float.BYTES).ladd());
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
