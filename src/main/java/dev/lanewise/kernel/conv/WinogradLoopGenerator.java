package dev.lanewise.kernel.conv;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.template.VectorCode;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/**
 * Writes the loop of one matrix of a Winograd transform as straight-line vector code, all vectors
 * of an item in registers.
 *
 * <p>Points come in pairs p and -p, for which rows (or columns, in the transposed matrices) are the
 * same but for the signs of their odd powers. Two such columns are replaced by the sum and the
 * difference of their vectors; of two such rows the even and the odd part is computed once, and
 * added and subtracted. That halves the multiply-adds, as one would by hand.
 */
final class WinogradLoopGenerator {
  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(
          CD_void, CD_long, CD_long, CD_long, CD_long, CD_long, CD_long, CD_int, CD_int);

  private final CodeBuilder code;
  private final VectorCode vectors;

  /** What is left to apply to {@link #value}, once sums and differences are taken. */
  private final double[][] matrix;

  private final boolean masked;

  // Local variables: where vectors are read and written, and what the matrix is applied to.
  private final int[] a;
  private final int[] b;
  private final int[] value;
  private final int i;
  private final int sum;
  private final int even;
  private final int odd;
  private final int mask;

  private WinogradLoopGenerator(CodeBuilder code, double[][] matrix, boolean masked) {
    this.code = code;
    vectors = new VectorCode(code);
    this.matrix = new double[matrix.length][];
    for (int row = 0; row < matrix.length; row++) {
      this.matrix[row] = matrix[row].clone();
    }
    this.masked = masked;
    i = code.allocateLocal(TypeKind.INT);
    sum = code.allocateLocal(TypeKind.REFERENCE);
    even = code.allocateLocal(TypeKind.REFERENCE);
    odd = code.allocateLocal(TypeKind.REFERENCE);
    mask = code.allocateLocal(TypeKind.REFERENCE);
    a = locals(matrix[0].length, TypeKind.LONG);
    b = locals(matrix.length, TypeKind.LONG);
    value = locals(matrix[0].length, TypeKind.REFERENCE);
  }

  private int[] locals(int count, TypeKind kind) {
    int[] slots = new int[count];
    Arrays.setAll(slots, j -> code.allocateLocal(kind));
    return slots;
  }

  /**
   * The loop for a matrix: generated, or where no class can be defined the scalar twin.
   *
   * @param masked whether it writes only as many lanes as it is told
   */
  static WinogradLoop of(double[][] matrix, boolean masked) {
    if (!BlockKernels.anyBlock()) {
      return new ScalarWinogradLoop(matrix, masked);
    }
    String name = "WinogradLoop" + matrix.length + "x" + matrix[0].length;
    try {
      return VectorCode.define(
          MethodHandles.lookup(),
          VectorCode.kernel(
              WinogradLoopGenerator.class,
              name,
              WinogradLoop.class,
              RUN,
              code -> new WinogradLoopGenerator(code, matrix, masked).body()),
          WinogradLoop.class);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("No kernel could be defined for " + name, impossible);
    }
  }

  private void body() {
    int from = code.parameterSlot(0);
    int fromStep = code.parameterSlot(2);
    int to = code.parameterSlot(3);
    int toStep = code.parameterSlot(5);
    if (masked) {
      vectors.mask(code.parameterSlot(7));
      code.astore(mask);
    }
    Label next = code.newLabel();
    Label end = code.newLabel();
    code.iconst_0().istore(i);
    code.labelBinding(next).iload(i).iload(code.parameterSlot(6)).if_icmpge(end);
    code.lload(from).iload(i).i2l().lload(fromStep).lmul().ladd();
    keep(a[0]);
    code.lload(to).iload(i).i2l().lload(toStep).lmul().ladd();
    keep(b[0]);
    for (int row = 1; row < matrix.length; row++) {
      code.lload(b[row - 1]).lload(code.parameterSlot(4)).ladd();
      keep(b[row]);
    }
    for (int column = 0; column < value.length; column++) {
      int j = column;
      if (j > 0) {
        code.lload(a[j - 1]).lload(code.parameterSlot(1)).ladd();
        keep(a[j]);
      }
      vectors.load(() -> code.lload(a[j]));
      code.astore(value[column]);
    }
    pairColumns();
    rows();
    code.iinc(i, 1).goto_(next);
    code.labelBinding(end).return_();
  }

  /**
   * Keeps the address on the stack as a local variable, in the range that needs no bounds check.
   * Each is computed from the one before: multiples of both strides would be more than there are
   * registers, and read back from the stack in every item.
   */
  private void keep(int address) {
    vectors.inRange();
    code.lstore(address);
  }

  private void pairColumns() {
    boolean[] paired = new boolean[value.length];
    for (int j = 0; j < value.length; j++) {
      for (int k = j + 1; k < value.length && !paired[j]; k++) {
        if (paired[k] || !mirrored(column(j), column(k))) {
          continue;
        }
        paired[j] = true;
        paired[k] = true;
        code.aload(value[j]).aload(value[k]);
        vectors.binary("add");
        code.astore(sum).aload(value[j]).aload(value[k]);
        vectors.binary("sub");
        code.astore(value[k]).aload(sum).astore(value[j]);
        for (double[] row : matrix) {
          boolean difference = row[j] != row[k];
          row[k] = difference ? row[j] : 0;
          row[j] = difference ? 0 : row[j];
        }
      }
    }
  }

  private void rows() {
    boolean[] done = new boolean[matrix.length];
    for (int row = 0; row < matrix.length; row++) {
      for (int other = row + 1; other < matrix.length && !done[row]; other++) {
        if (!done[other] && mirrored(matrix[row], matrix[other])) {
          done[row] = true;
          done[other] = true;
          dot(both(matrix[row], matrix[other], (x, y) -> x == y ? x : 0));
          code.astore(even);
          dot(both(matrix[row], matrix[other], (x, y) -> x == y ? 0 : x));
          code.astore(odd).aload(even).aload(odd);
          vectors.binary("add");
          store(row);
          code.aload(even).aload(odd);
          vectors.binary("sub");
          store(other);
        }
      }
      if (!done[row]) {
        dot(matrix[row]);
        store(row);
      }
    }
  }

  /** Pushes the sum of the values with these factors: multiply-adds only where one is not 1. */
  private void dot(double[] factors) {
    int first = first(factors);
    code.aload(value[first]);
    if (factors[first] == -1) {
      vectors.negate();
    } else if (factors[first] != 1) {
      vectors.constant((float) factors[first]);
      vectors.binary("mul");
    }
    for (int j = 0; j < factors.length; j++) {
      if (j == first || factors[j] == 0) {
        continue;
      }
      if (Math.abs(factors[j]) == 1) {
        code.aload(value[j]);
        vectors.binary(factors[j] == 1 ? "add" : "sub");
      } else {
        code.astore(sum).aload(value[j]);
        vectors.constant((float) factors[j]);
        code.aload(sum);
        vectors.fma();
      }
    }
  }

  /** Where a sum begins: with a factor of 1 if there is one, which costs nothing. */
  private static int first(double[] factors) {
    int first = -1;
    for (int j = 0; j < factors.length; j++) {
      if (factors[j] == 1) {
        return j;
      }
      if (first < 0 && factors[j] != 0) {
        first = j;
      }
    }
    return first;
  }

  private void store(int row) {
    if (masked) {
      vectors.store(() -> code.lload(b[row]), mask);
    } else {
      vectors.store(() -> code.lload(b[row]));
    }
  }

  private double[] column(int j) {
    double[] column = new double[matrix.length];
    for (int row = 0; row < column.length; row++) {
      column[row] = matrix[row][j];
    }
    return column;
  }

  private static double[] both(double[] p, double[] q, DoubleBinaryOperator f) {
    double[] result = new double[p.length];
    for (int j = 0; j < p.length; j++) {
      result[j] = f.applyAsDouble(p[j], q[j]);
    }
    return result;
  }

  /** Whether two are the same but for some signs: some elements equal, some opposite. */
  private static boolean mirrored(double[] p, double[] q) {
    boolean equal = false;
    boolean opposite = false;
    for (int j = 0; j < p.length; j++) {
      if (Math.abs(p[j]) != Math.abs(q[j])) {
        return false;
      }
      equal |= p[j] != 0 && p[j] == q[j];
      opposite |= p[j] != 0 && p[j] == -q[j];
    }
    return equal && opposite;
  }
}
