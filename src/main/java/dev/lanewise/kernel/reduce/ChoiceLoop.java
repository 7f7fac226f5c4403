package dev.lanewise.kernel.reduce;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The template of the reductions with an index: maximum and minimum. The first of equal elements is
 * chosen, and the first NaN before all numbers, as in PyTorch.
 */
public final class ChoiceLoop implements ChoiceRange {
  private static final ReduceFormula.@Nullable Choice OP =
      Specializer.data(MethodHandles.lookup(), ReduceFormula.Choice.class);
  private static final IntVector IOTA = IntVector.zero(Lanes.I).addIndex(1);
  private final ReduceFormula.@Nullable Choice ordinary;

  ChoiceLoop() {
    ordinary = null;
  }

  ChoiceLoop(ReduceFormula.Choice formula) {
    ordinary = formula;
  }

  private ReduceFormula.Choice op() {
    return OP != null ? OP : Objects.requireNonNull(ordinary);
  }

  @Override
  public void rows(long x, long y, long index, int rows, int n) {
    long scratch = Scratch.address();
    for (int row = 0; row < rows; row++) {
      row(x + (long) row * n * 4, y + (long) row * 4, index + (long) row * 8, n, scratch);
    }
  }

  private void row(long x, long y, long index, int n, long scratch) {
    ReduceFormula.Choice op = op();
    float best = Mem.get(x);
    int chosen = 0;
    int i = 1;
    if (n >= L) {
      lanes(x, F.loopBound(n), scratch);
      best = Mem.get(scratch);
      chosen = Mem.ALL.get(Mem.INT, scratch + BYTES);
      for (int lane = 1; lane < L; lane++) {
        float value = Mem.get(scratch + (long) lane * 4);
        int at = Mem.ALL.get(Mem.INT, scratch + BYTES + (long) lane * 4);
        boolean same = value == best || (Float.isNaN(value) && Float.isNaN(best));
        if (same ? at < chosen : replaces(op, value, best)) {
          best = value;
          chosen = at;
        }
      }
      i = F.loopBound(n);
    }
    for (; i < n; i++) {
      float value = Mem.get(x + (long) i * 4);
      if (replaces(op, value, best)) {
        best = value;
        chosen = i;
      }
    }
    Mem.set(y, best);
    Mem.ALL.set(Mem.LONG, index, chosen);
  }

  private static boolean replaces(ReduceFormula.Choice op, float value, float best) {
    return op.better(value, best) || (Float.isNaN(value) && !Float.isNaN(best));
  }

  /** The best of every lane and its index, into the scratch memory. */
  private void lanes(long x, int n, long scratch) {
    ReduceFormula.Choice op = op();
    FloatVector best = FloatVector.fromMemorySegment(F, Mem.ALL, x, Mem.ORDER);
    // Not the constant itself: what a loop carries must be a fresh vector, or it is boxed.
    IntVector chosen = IntVector.zero(Lanes.I).add(IOTA);
    for (int i = L; i < n; i += L) {
      FloatVector value = FloatVector.fromMemorySegment(F, Mem.ALL, x + (long) i * 4, Mem.ORDER);
      VectorMask<Float> replaced =
          op.better(value, best)
              .or(
                  value
                      .compare(VectorOperators.NE, value)
                      .and(best.compare(VectorOperators.EQ, best)));
      best = best.blend(value, replaced);
      chosen = chosen.blend(IOTA.add(i), replaced.cast(Lanes.I));
    }
    best.intoMemorySegment(Mem.ALL, scratch, Mem.ORDER);
    chosen.intoMemorySegment(Mem.ALL, scratch + BYTES, Mem.ORDER);
  }

  @Override
  public void columns(long x, long row, int reduce, long y, long index, int n) {
    long scratch = Scratch.address();
    if (n >= L) {
      for (int i = 0; i < n; i += L) {
        // The last vector moves back to be whole, and writes some results again.
        int at = Math.min(i, n - L);
        columns(x + (long) at * 4, row, reduce, y + (long) at * 4, scratch);
        for (int lane = 0; lane < L; lane++) {
          Mem.ALL.set(
              Mem.LONG,
              index + (long) (at + lane) * 8,
              Mem.ALL.get(Mem.INT, scratch + (long) lane * 4));
        }
      }
      return;
    }
    ReduceFormula.Choice op = op();
    for (int i = 0; i < n; i++) {
      float best = Mem.get(x + (long) i * 4);
      int chosen = 0;
      for (int r = 1; r < reduce; r++) {
        float value = Mem.get(x + (long) i * 4 + r * row);
        if (replaces(op, value, best)) {
          best = value;
          chosen = r;
        }
      }
      Mem.set(y + (long) i * 4, best);
      Mem.ALL.set(Mem.LONG, index + (long) i * 8, chosen);
    }
  }

  /** One vector of columns; the indices go into the scratch memory. */
  private void columns(long x, long row, int reduce, long y, long scratch) {
    ReduceFormula.Choice op = op();
    FloatVector best = FloatVector.fromMemorySegment(F, Mem.ALL, x, Mem.ORDER);
    IntVector chosen = IntVector.zero(Lanes.I);
    for (int r = 1; r < reduce; r++) {
      FloatVector value = FloatVector.fromMemorySegment(F, Mem.ALL, x + r * row, Mem.ORDER);
      VectorMask<Float> replaced =
          op.better(value, best)
              .or(
                  value
                      .compare(VectorOperators.NE, value)
                      .and(best.compare(VectorOperators.EQ, best)));
      best = best.blend(value, replaced);
      chosen = chosen.blend(r, replaced.cast(Lanes.I));
    }
    best.intoMemorySegment(Mem.ALL, y, Mem.ORDER);
    chosen.intoMemorySegment(Mem.ALL, scratch, Mem.ORDER);
  }
}
