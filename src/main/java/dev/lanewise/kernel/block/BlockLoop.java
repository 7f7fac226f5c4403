package dev.lanewise.kernel.block;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.lanewise.kernel.template.VectorCode;
import dev.lanewise.kernel.vector.Mem;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/**
 * Writes the loop that all generated block kernels have: the three sums of {@link BlockKernel#run}
 * as one loop, with pointers that advance by a step, and jump at the end of a block.
 *
 * <pre>
 * k = depth; i1 = n1; left = n2 * n1;
 * while (true) {
 *   step(a, b);
 *   a += aDepth; b += bDepth;
 *   if (--k != 0) continue;
 *   k = depth;
 *   if (--left == 0) break;
 *   a += a1 - depth * aDepth; b += b1 - depth * bDepth;
 *   if (--i1 != 0) continue;
 *   i1 = n1; a += a2 - n1 * a1; b += b2 - n1 * b1;
 * }
 * </pre>
 *
 * <p>Three loops look better, and run at half the speed for many block sizes: the compiler moves
 * all sums to other registers or to memory where one of them ends. It leaves this one alone.
 *
 * <p>The pointers are kept in range, as {@link VectorCode#inRange} tells, where they advance and
 * not where they are used, and with a mask that is no constant: a constant of 64 bits would be
 * loaded anew in each step, and each pointer be copied before it is masked. That, and a counter
 * less, is 12 instead of 17 instructions a step besides its loads and multiply-adds
 * (docs/notes/block-kernels.md). The mask is only used in the loop, or it would not stay in a
 * register.
 */
final class BlockLoop {
  static final MethodTypeDesc RUN =
      MethodTypeDesc.of(
          CD_void, CD_long, CD_long, CD_long, CD_long, CD_long, CD_int, CD_int, CD_long, CD_long,
          CD_int, CD_long, CD_long, CD_long, CD_long, CD_long, CD_long);

  private static final ClassDesc KERNELS = VectorCode.desc(BlockKernels.class);
  private static final ClassDesc THIS = VectorCode.desc(BlockLoop.class);

  /** Bytes between the first and the last vector of B. */
  private static final long FARTHEST = Integer.MAX_VALUE;

  private final CodeBuilder code;

  // The arguments of BlockKernel.run, as local variable slots. The loop advances a and b.
  final int a;
  final int aDepth;
  final int b;
  final int bDepth;
  final int bVec;
  final int depth;
  final int n1;
  final int a1;
  final int b1;
  final int n2;
  final int a2;
  final int b2;
  final int c;
  final int cRow;
  final int cVec;
  final int bias;

  private final int k;
  private final int i1;
  private final int left;
  private final int mask;
  private final int aJump1;
  private final int bJump1;
  private final int aJump2;
  private final int bJump2;
  private boolean aInRange = true;
  private boolean bInRange = true;

  BlockLoop(CodeBuilder code) {
    this.code = code;
    int slot = 0;
    a = code.parameterSlot(slot++);
    aDepth = code.parameterSlot(slot++);
    b = code.parameterSlot(slot++);
    bDepth = code.parameterSlot(slot++);
    bVec = code.parameterSlot(slot++);
    depth = code.parameterSlot(slot++);
    n1 = code.parameterSlot(slot++);
    a1 = code.parameterSlot(slot++);
    b1 = code.parameterSlot(slot++);
    n2 = code.parameterSlot(slot++);
    a2 = code.parameterSlot(slot++);
    b2 = code.parameterSlot(slot++);
    c = code.parameterSlot(slot++);
    cRow = code.parameterSlot(slot++);
    cVec = code.parameterSlot(slot++);
    bias = code.parameterSlot(slot);
    k = code.allocateLocal(TypeKind.INT);
    i1 = code.allocateLocal(TypeKind.INT);
    left = code.allocateLocal(TypeKind.INT);
    mask = code.allocateLocal(TypeKind.LONG);
    aJump1 = code.allocateLocal(TypeKind.LONG);
    bJump1 = code.allocateLocal(TypeKind.LONG);
    aJump2 = code.allocateLocal(TypeKind.LONG);
    bJump2 = code.allocateLocal(TypeKind.LONG);
  }

  /** Has a used with bounds checks. */
  void checkA() {
    aInRange = false;
  }

  /** Has b used with bounds checks. */
  void checkB() {
    bInRange = false;
  }

  /** Brings the address on the stack in range; for use in a step. */
  void inRange() {
    code.lload(mask).land();
  }

  /**
   * Writes the loop.
   *
   * @param step writes a step
   */
  void write(Runnable step) {
    Label end = begin();
    Label next = steps(step);
    code.iinc(left, -1).iload(left).ifeq(end);
    advance(aJump1, bJump1);
    code.iinc(i1, -1).iload(i1).ifne(next);
    code.iload(n1).istore(i1);
    advance(aJump2, bJump2);
    code.goto_(next).labelBinding(end);
  }

  /**
   * The same with the outermost index not summed over.
   *
   * @param blockEnd writes what is done when the middle sum has ended
   */
  void write(Runnable step, Runnable blockEnd) {
    Label end = begin();
    Label next = steps(step);
    code.iinc(left, -1);
    advance(aJump1, bJump1);
    code.iinc(i1, -1).iload(i1).ifne(next);
    code.iload(n1).istore(i1);
    advance(aJump2, bJump2);
    blockEnd.run();
    code.iload(left).ifne(next).labelBinding(end);
  }

  /** What comes before the loop; returns the label behind it, where calls without steps go. */
  private Label begin() {
    code.getstatic(KERNELS, "addressBits", CD_long);
    code.loadConstant(Mem.ADDRESS_BITS).land().lstore(mask);
    jump(a1, depth, aDepth, aJump1);
    jump(b1, depth, bDepth, bJump1);
    jump(a2, n1, a1, aJump2);
    jump(b2, n1, b1, bJump2);
    code.lload(a);
    store(a, aInRange);
    code.lload(b);
    store(b, bInRange);
    code.iload(depth).istore(k).iload(n1).istore(i1);
    code.iload(n2).iload(n1).imul().istore(left);
    Label end = code.newLabel();
    code.iload(depth).ifle(end).iload(left).ifle(end);
    return end;
  }

  /** All steps of a run, and what begins the next run; returns the label of a step. */
  private Label steps(Runnable step) {
    Label next = code.newLabel();
    code.labelBinding(next);
    step.run();
    advance(aDepth, bDepth);
    code.iinc(k, -1).iload(k).ifne(next);
    code.iload(depth).istore(k);
    return next;
  }

  /**
   * Pushes how far a vector of B is from the first, as a number below 2^31: the compiler makes it a
   * part of the address of a load then, which needs no addition and is still known to be in range.
   */
  void vectorOffset(int vec) {
    code.lload(bVec).loadConstant((long) vec).lmul();
    code.invokestatic(THIS, "checkNear", MethodTypeDesc.of(CD_long, CD_long));
    code.loadConstant(FARTHEST).land();
  }

  static long checkNear(long offset) {
    if (offset < 0 || offset > FARTHEST) {
      throw new IllegalArgumentException(
          "The vectors of a block lie "
              + offset
              + " bytes apart; at most "
              + FARTHEST
              + " can be.");
    }
    return offset;
  }

  /** result = outer - count * inner. */
  private void jump(int outer, int count, int inner, int result) {
    code.lload(outer).iload(count).i2l().lload(inner).lmul().lsub().lstore(result);
  }

  private void advance(int aStride, int bStride) {
    code.lload(a).lload(aStride).ladd();
    store(a, aInRange);
    code.lload(b).lload(bStride).ladd();
    store(b, bInRange);
  }

  private void store(int pointer, boolean inRange) {
    if (inRange) {
      inRange();
    }
    code.lstore(pointer);
  }

  /**
   * {@code for (k = turns; k > 0; k--) {}}: turns of a loop cost nothing to interpret and count as
   * much as steps do when the compiler decides what is hot. It then leaves them out.
   */
  void turns() {
    Label next = code.newLabel();
    Label end = code.newLabel();
    code.getstatic(KERNELS, "turns", CD_int).istore(k);
    code.labelBinding(next).iload(k).ifle(end);
    code.iinc(k, -1).goto_(next).labelBinding(end);
  }
}
