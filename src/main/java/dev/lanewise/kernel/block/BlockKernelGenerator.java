package dev.lanewise.kernel.block;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.lanewise.kernel.template.VectorCode;
import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Lanes;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;

/**
 * Writes the bytecode of one block kernel: the loop of {@link HandWrittenBlockKernel} for any
 * number of rows and vectors, one local variable an accumulator.
 *
 * <p>The compiler keeps locals in registers only if every vector operation is called directly in
 * the loop, which is why this cannot be one Java method with the sizes as parameters.
 */
final class BlockKernelGenerator {
  private static final ClassDesc LANE_SUMS = VectorCode.desc(LaneSums.class);

  private final BlockSpec spec;
  private final CodeBuilder code;
  private final VectorCode vectors;
  private final BlockLoop loop;

  // The local variables.
  private final int[] vecOffset;
  private final int[][] sum;
  private final int[] bVector;
  private final int aValue;
  private final int row0;
  private final int output;

  // Those of the forms with points.
  private final int kept;
  private final int keptPixel;
  private final int pixel;
  private final int[] left2;
  private final int[] right2;

  private final int ahead;
  private final int rowsAhead;

  private static final int ROW_BITS = Integer.numberOfTrailingZeros(BlockSpec.Fetch.ROW);

  /** The mask of no lane, for kernels that fetch. */
  private final int noLanes;

  private BlockKernelGenerator(BlockSpec spec, CodeBuilder code) {
    this.spec = spec;
    this.code = code;
    vectors = new VectorCode(code);
    loop = new BlockLoop(code);
    vecOffset = locals(spec.vectors(), TypeKind.LONG);
    sum = new int[spec.rows()][];
    Arrays.setAll(sum, row -> locals(spec.vectors(), TypeKind.REFERENCE));
    bVector = locals(spec.vectors(), TypeKind.REFERENCE);
    aValue = code.allocateLocal(TypeKind.REFERENCE);
    row0 = code.allocateLocal(TypeKind.LONG);
    output = code.allocateLocal(TypeKind.LONG);
    kept = code.allocateLocal(TypeKind.LONG);
    keptPixel = code.allocateLocal(TypeKind.REFERENCE);
    pixel = code.allocateLocal(TypeKind.REFERENCE);
    left2 = locals(spec.vectors(), TypeKind.REFERENCE);
    right2 = locals(spec.vectors(), TypeKind.REFERENCE);
    ahead = code.allocateLocal(TypeKind.LONG);
    rowsAhead = code.allocateLocal(TypeKind.LONG);
    noLanes = code.allocateLocal(TypeKind.REFERENCE);
  }

  private int[] locals(int count, TypeKind kind) {
    int[] slots = new int[count];
    Arrays.setAll(slots, i -> code.allocateLocal(kind));
    return slots;
  }

  /**
   * Defines the kernel as a hidden class; fails where classes cannot be defined at run time.
   *
   * @param shift 0, or another number for another try: {@link VectorCode#kernelForSecondTier}
   */
  static BlockKernel define(BlockSpec spec, int shift) throws ReflectiveOperationException {
    return VectorCode.define(MethodHandles.lookup(), bytes(spec, shift), BlockKernel.class);
  }

  /** The class file of a kernel. */
  static byte[] bytes(BlockSpec spec, int shift) {
    if (spec.tiles()) {
      return TileKernelGenerator.bytes(spec, shift);
    }
    String fetching = spec.fetches() ? "Fetching" + spec.fetch() : "";
    String name = fetching + "BlockKernel" + spec.rows() + "x" + spec.vectors() + spec.epilogue();
    return VectorCode.kernelForSecondTier(
        BlockKernelGenerator.class,
        name,
        BlockKernel.class,
        BlockLoop.RUN,
        shift,
        code -> new BlockKernelGenerator(spec, code).body());
  }

  private void body() {
    for (int[] row : sum) {
      for (int accumulator : row) {
        vectors.zero();
        code.astore(accumulator);
      }
    }
    reduceBlocks();
    switch (spec.form()) {
      case LANES_REDUCED -> reduceLanes();
      case POINTS, POINTS_KEPT, POINTS_OF_SUM -> storePoints();
      default -> storeVectors();
    }
    loop.turns();
    code.return_();
  }

  private void reduceBlocks() {
    if (spec.points()) {
      // These steps run out of registers with the mask in one: they mask for themselves.
      loop.checkA();
      loop.checkB();
      code.lload(loop.bias).lstore(kept);
      loop.write(this::pointStep);
      return;
    }
    for (int vec = 1; vec < vecOffset.length; vec++) {
      loop.vectorOffset(vec);
      code.lstore(vecOffset[vec]);
    }
    if (keepsCheck(1)) {
      loop.checkA();
    }
    if (registersLeft() < 1) {
      loop.checkB();
    }
    if (!spec.fetches()) {
      loop.write(this::step);
      return;
    }
    beginStoringNothing();
    loop.write(() -> {
      step();
      storeNothing();
    });
  }

  /** One step: all vectors of B, then row by row one value of A and its multiply-adds. */
  private void step() {
    for (int vec = 0; vec < spec.vectors(); vec++) {
      int offset = vecOffset[vec];
      vectors.load(() -> {
        code.lload(loop.b);
        if (offset != vecOffset[0]) {
          code.lload(offset).ladd();
        }
      });
      code.astore(bVector[vec]);
    }
    if (keepsCheck(1) && !keepsCheck(0)) {
      code.lload(loop.a);
      loop.inRange();
      code.lstore(row0);
    }
    for (int row = 0; row < spec.rows(); row++) {
      long offset = row * spec.aRow();
      int from = keepsCheck(1) && !keepsCheck(row) ? row0 : loop.a;
      if (spec.vectorsOfA()) {
        vectors.load(() -> code.lload(from).loadConstant(offset).ladd());
      } else {
        vectors.broadcast(() -> code.lload(from).loadConstant(offset).ladd());
      }
      code.astore(aValue);
      multiplyAdd(row);
    }
  }

  private void multiplyAdd(int row) {
    for (int vec = 0; vec < spec.vectors(); vec++) {
      code.aload(aValue).aload(bVector[vec]).aload(sum[row][vec]);
      vectors.fma();
      code.astore(sum[row][vec]);
    }
  }

  /**
   * A masked store asks whether its mask has all lanes. Asked here once, it is not asked in each
   * step.
   */
  private void beginStoringNothing() {
    Label ordinary = code.newLabel();
    vectors.noLanes();
    code.astore(noLanes);
    vectors.allLanes(noLanes);
    code.ifeq(ordinary).return_().labelBinding(ordinary);
    code.lload(loop.bias);
    vectors.inRange();
    code.lstore(ahead).lconst_0().lstore(rowsAhead);
  }

  /**
   * Fetches a cache line by a store without lanes. It writes nothing, but the processor brings the
   * line, and does not wait for it: a store has retired before. A load would hold up all that
   * follows it after some ten steps (docs/notes/block-kernels.md). At the end of a step, with a sum
   * that is just complete, most kernels do with the registers; anywhere else several sums are
   * spilled.
   */
  private void storeNothing() {
    code.aload(sum[spec.rows() - 1][0]);
    vectors.store(() -> code.lload(ahead), noLanes);
    if (spec.fetch() == BlockSpec.Fetch.ROWS) {
      code.lload(rowsAhead).lload(loop.a2).ladd().lstore(rowsAhead);
      code.lload(rowsAhead).loadConstant(ROW_BITS).lushr().lload(loop.b2).lmul();
      code.lload(loop.bias).ladd();
    } else {
      code.lload(ahead).loadConstant((long) BlockSpec.CACHE_LINE).ladd();
    }
    loop.inRange();
    code.lstore(ahead);
  }

  /**
   * One step of a form with points: the left pixels and their products, then the right ones, and
   * point by point the rows of A. With 24 sums there are just enough registers, if neither the
   * right pixels are loaded before they are needed, nor the rows. One sum is spilled all the same
   * while the right pixels wait for their own point: to load them again is faster where it takes no
   * addition.
   */
  private void pointStep() {
    code.lload(loop.b);
    vectors.inRange();
    code.lstore(loop.b);
    if (spec.writesPixels()) {
      code.lload(kept);
      vectors.inRange();
      code.lstore(kept);
    }
    code.lload(loop.a);
    vectors.inRange();
    code.lstore(row0);
    for (int row = 0; row < spec.rows(); row++) {
      int point = spec.point(row);
      boolean again = point == 3 && spec.form() != BlockSpec.Form.POINTS_OF_SUM;
      vectors.inOrder();
      for (int vec = 0; vec < spec.vectors(); vec++) {
        if (row == 0) {
          pixel(0, vec, false);
          code.astore(left2[vec]);
        } else if (point == 1 && spec.point(row - 1) == 0 || again && spec.point(row - 1) == 2) {
          pixel(1, vec, point == 3);
          code.astore(right2[vec]);
        }
        if (row == 0 || spec.point(row - 1) != point) {
          code.aload(point == 3 ? right2[vec] : left2[vec]);
          if (point == 1 || point == 2) {
            code.aload(right2[vec]);
            vectors.binary(point == 1 ? "add" : "sub");
          }
          code.astore(bVector[vec]);
        }
      }
      long offset = row * spec.aRow();
      vectors.load(() -> code.lload(row0).loadConstant(offset).ladd());
      code.astore(aValue);
      multiplyAdd(row);
    }
    if (spec.writesPixels()) {
      code.lload(kept).loadConstant(2L * spec.vectors() * Lanes.BYTES).ladd().lstore(kept);
    }
  }

  /**
   * Pushes a vector of one of the two pixels, or of its sum with a kept one. To keep pixels side by
   * side, as they are read, is what makes these kernels fast: pixels of dy that lie a power of two
   * apart share a set of the first cache level, which takes a line in the time that the second one
   * needs for an answer (docs/notes/convolution.md).
   *
   * @param again whether the pixel has been kept already
   */
  private void pixel(int right, int vec, boolean again) {
    long offset = right * spec.pixel() + (long) vec * Lanes.BYTES;
    long keptOffset = ((long) right * spec.vectors() + vec) * Lanes.BYTES;
    Runnable keptAt = () -> code.lload(kept).loadConstant(keptOffset).ladd();
    vectors.load(() -> code.lload(loop.b).loadConstant(offset).ladd());
    if (spec.form() == BlockSpec.Form.POINTS_OF_SUM) {
      code.astore(pixel);
      vectors.load(keptAt);
      code.astore(keptPixel).aload(keptPixel).aload(pixel);
      vectors.binary("sub");
      vectors.store(keptAt);
      code.aload(keptPixel).aload(pixel);
      vectors.binary("add");
    } else if (spec.form() == BlockSpec.Form.POINTS_KEPT && !again) {
      code.dup();
      vectors.store(keptAt);
    }
  }

  /** Vector registers that a step does not need. */
  private int registersLeft() {
    return Lanes.REGISTERS - spec.rows() * spec.vectors() - spec.vectors() - 1;
  }

  /**
   * A bounds check also keeps the compiler from moving the loads of later rows in front of it.
   * Where registers are scarce it would move so many that accumulators are spilled, at a third of
   * the speed: there every second row keeps its check, or every row. (Two vectors and 32 registers
   * go well without.)
   */
  private boolean keepsCheck(int row) {
    if (registersLeft() > 1
        || registersLeft() == 1 && spec.vectors() == 2 && Lanes.REGISTERS == 32) {
      return false;
    }
    return registersLeft() < 1 || row % 2 == 1;
  }

  /** All vectors of C follow each other, which saves an address for each: these sums are short. */
  private void storePoints() {
    code.lload(loop.c);
    vectors.inRange();
    code.lstore(loop.c);
    for (int i = 0; i < spec.rows() * spec.vectors(); i++) {
      long offset = (long) i * Lanes.BYTES;
      code.aload(sum[i / spec.vectors()][i % spec.vectors()]);
      if (spec.epilogue().readsOutput()) {
        vectors.load(() -> code.lload(loop.c).loadConstant(offset).ladd());
        vectors.binary("add");
      }
      vectors.store(() -> code.lload(loop.c).loadConstant(offset).ladd());
    }
  }

  private void storeVectors() {
    Epilogue epilogue = spec.epilogue();
    if (epilogue.addsBias()) {
      code.lload(loop.bias);
      vectors.inRange();
      code.lstore(row0);
    }
    for (int row = 0; row < spec.rows(); row++) {
      code.lload(loop.c).lstore(output);
      if (epilogue.addsBias()) {
        long offset = (long) row * Float.BYTES;
        vectors.broadcast(() -> code.lload(row0).loadConstant(offset).ladd());
        code.astore(aValue);
      }
      for (int vec = 0; vec < spec.vectors(); vec++) {
        code.lload(output);
        vectors.inRange();
        code.lstore(output).aload(sum[row][vec]);
        if (epilogue.readsOutput()) {
          vectors.load(() -> code.lload(output));
          vectors.binary("add");
        }
        if (epilogue.addsBias()) {
          code.aload(aValue);
          vectors.binary("add");
        }
        if (epilogue.rectifies()) {
          vectors.zero();
          vectors.binary("max");
        }
        vectors.store(() -> code.lload(output));
        advance(output, loop.cVec);
      }
      advance(loop.c, loop.cRow);
    }
  }

  private void advance(int pointer, int stride) {
    code.lload(pointer).lload(stride).ladd().lstore(pointer);
  }

  /** Leaves the sums in the scratch memory and has them reduced there: see {@link LaneSums}. */
  private void reduceLanes() {
    code.lload(loop.bias);
    vectors.inRange();
    code.lstore(loop.bias);
    for (int row = 0; row < spec.rows(); row++) {
      for (int vec = 0; vec < spec.vectors(); vec++) {
        long offset = (long) (row * spec.vectors() + vec) * Lanes.BYTES;
        code.aload(sum[row][vec]);
        vectors.store(() -> code.lload(loop.bias).loadConstant(offset).ladd());
      }
    }
    code.lload(loop.bias).loadConstant(spec.rows()).loadConstant(spec.vectors());
    code.lload(loop.c).lload(loop.cRow).lload(loop.cVec);
    code.loadConstant(spec.epilogue().readsOutput() ? 1 : 0);
    code.invokestatic(
        LANE_SUMS,
        "reduce",
        MethodTypeDesc.of(CD_void, CD_long, CD_int, CD_int, CD_long, CD_long, CD_long, CD_boolean));
  }
}
