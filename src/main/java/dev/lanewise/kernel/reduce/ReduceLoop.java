package dev.lanewise.kernel.reduce;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Mem;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import org.jspecify.annotations.Nullable;

/** The template of all reductions without an index, see {@link Specializer}. */
public final class ReduceLoop implements ReduceRange {
  private static final @Nullable ReduceFormula OP =
      Specializer.data(MethodHandles.lookup(), ReduceFormula.class);
  private final @Nullable ReduceFormula ordinary;

  // Rotations by half of the lanes that are left.
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8 % L, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4 % L, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);

  ReduceLoop() {
    ordinary = null;
  }

  ReduceLoop(ReduceFormula formula) {
    ordinary = formula;
  }

  private ReduceFormula op() {
    return OP != null ? OP : Objects.requireNonNull(ordinary);
  }

  @Override
  public void rows(long x, long y, int rows, int n) {
    ReduceFormula op = op();
    for (int row = 0; row < rows; row++) {
      long from = x + (long) row * n * 4;
      float result = n < L ? op.identity() : whole(from, n);
      for (int i = F.loopBound(n); i < n; i++) {
        result = op.combine(result, Mem.get(from + (long) i * 4));
      }
      Mem.set(y + (long) row * 4, result);
    }
  }

  /** All whole vectors of a row: four chains of them, then the chains, then the lanes. */
  private float whole(long x, int n) {
    ReduceFormula op = op();
    int i = 0;
    FloatVector sum = FloatVector.broadcast(F, op.identity());
    if (n >= 4 * L) {
      FloatVector b = sum;
      FloatVector c = sum;
      FloatVector d = sum;
      for (; i <= n - 4 * L; i += 4 * L) {
        long at = x + (long) i * 4;
        sum = op.combine(sum, FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER));
        b = op.combine(b, FloatVector.fromMemorySegment(F, Mem.ALL, at + BYTES, Mem.ORDER));
        c = op.combine(c, FloatVector.fromMemorySegment(F, Mem.ALL, at + 2L * BYTES, Mem.ORDER));
        d = op.combine(d, FloatVector.fromMemorySegment(F, Mem.ALL, at + 3L * BYTES, Mem.ORDER));
      }
      sum = op.combine(op.combine(sum, b), op.combine(c, d));
    }
    for (; i <= n - L; i += L) {
      sum = op.combine(sum, FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER));
    }
    if (L >= 16) {
      sum = op.combine(sum, sum.rearrange(BY_8));
    }
    if (L >= 8) {
      sum = op.combine(sum, sum.rearrange(BY_4));
    }
    sum = op.combine(sum, sum.rearrange(BY_2));
    sum = op.combine(sum, sum.rearrange(BY_1));
    return sum.lane(0);
  }

  @Override
  public void columns(long x, long row, int reduce, long y, int n) {
    ReduceFormula op = op();
    int i = 0;
    for (; i <= n - 4 * L; i += 4 * L) {
      four(x + (long) i * 4, row, reduce, y + (long) i * 4);
    }
    if (n >= L) {
      for (; i < n; i += L) {
        // The last vector moves back to be whole, and writes some results again.
        long offset = (long) Math.min(i, n - L) * 4;
        FloatVector sum = FloatVector.fromMemorySegment(F, Mem.ALL, x + offset, Mem.ORDER);
        for (int r = 1; r < reduce; r++) {
          sum =
              op.combine(
                  sum, FloatVector.fromMemorySegment(F, Mem.ALL, x + offset + r * row, Mem.ORDER));
        }
        sum.intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
      }
      return;
    }
    for (; i < n; i++) {
      long offset = (long) i * 4;
      float sum = Mem.get(x + offset);
      for (int r = 1; r < reduce; r++) {
        sum = op.combine(sum, Mem.get(x + offset + r * row));
      }
      Mem.set(y + offset, sum);
    }
  }

  private void four(long x, long row, int reduce, long y) {
    ReduceFormula op = op();
    FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, x, Mem.ORDER);
    FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, x + BYTES, Mem.ORDER);
    FloatVector c = FloatVector.fromMemorySegment(F, Mem.ALL, x + 2L * BYTES, Mem.ORDER);
    FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, x + 3L * BYTES, Mem.ORDER);
    for (int r = 1; r < reduce; r++) {
      long at = x + r * row;
      a = op.combine(a, FloatVector.fromMemorySegment(F, Mem.ALL, at, Mem.ORDER));
      b = op.combine(b, FloatVector.fromMemorySegment(F, Mem.ALL, at + BYTES, Mem.ORDER));
      c = op.combine(c, FloatVector.fromMemorySegment(F, Mem.ALL, at + 2L * BYTES, Mem.ORDER));
      d = op.combine(d, FloatVector.fromMemorySegment(F, Mem.ALL, at + 3L * BYTES, Mem.ORDER));
    }
    a.intoMemorySegment(Mem.ALL, y, Mem.ORDER);
    b.intoMemorySegment(Mem.ALL, y + BYTES, Mem.ORDER);
    c.intoMemorySegment(Mem.ALL, y + 2L * BYTES, Mem.ORDER);
    d.intoMemorySegment(Mem.ALL, y + 3L * BYTES, Mem.ORDER);
  }
}
