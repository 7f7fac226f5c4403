package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Pace;
import dev.lanewise.kernel.vector.VectorMemory;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/** The template of all elementwise functions of two variables, see {@link Specializer}. */
final class BinaryLoop implements BinaryRange {
  private static final @Nullable BinaryFormula OP =
      Specializer.data(MethodHandles.lookup(), BinaryFormula.class);
  private final @Nullable BinaryFormula ordinary;

  BinaryLoop() {
    ordinary = null;
  }

  BinaryLoop(BinaryFormula formula) {
    ordinary = formula;
  }

  private BinaryFormula op() {
    return OP != null ? OP : Objects.requireNonNull(ordinary);
  }

  @Override
  public void flat(long a, long b, long y, int n) {
    BinaryFormula op = op();
    int bound = F.loopBound(n);
    int done = 0;
    for (int count = Pace.head(bound); count > 0; count = bound - done) {
      long start = (long) done * 4;
      for (int i = 0; i < count; i += L) {
        long offset = (long) i * 4;
        offset += Pace.after(a + offset) + start;
        op.f(
                FloatVector.fromMemorySegment(F, Mem.ALL, a + offset, Mem.ORDER),
                FloatVector.fromMemorySegment(F, Mem.ALL, b + offset, Mem.ORDER))
            .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
      }
      done += count;
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      op.f(
              FloatVector.fromMemorySegment(F, Mem.ALL, a + offset, Mem.ORDER, mask),
              FloatVector.fromMemorySegment(F, Mem.ALL, b + offset, Mem.ORDER, mask))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }

  @Override
  public void rows(
      long a,
      long aRow,
      boolean aSingle,
      long b,
      long bRow,
      boolean bSingle,
      long y,
      int rows,
      int n) {
    if (!aSingle && !bSingle) {
      for (int row = 0; row < rows; row++) {
        flat(a + row * aRow, b + row * bRow, y + (long) row * n * 4, n);
      }
    } else if (!aSingle) {
      for (int row = 0; row < rows; row++) {
        right(a + row * aRow, Mem.get(b + row * bRow), y + (long) row * n * 4, n);
      }
    } else if (!bSingle) {
      for (int row = 0; row < rows; row++) {
        left(Mem.get(a + row * aRow), b + row * bRow, y + (long) row * n * 4, n);
      }
    } else {
      BinaryFormula op = op();
      for (int row = 0; row < rows; row++) {
        // In a vector, so that one element has the bits of many.
        FloatVector value =
            op.f(
                FloatVector.broadcast(F, Mem.get(a + row * aRow)),
                FloatVector.broadcast(F, Mem.get(b + row * bRow)));
        VectorMemory.fill(y + (long) row * n * 4, value.lane(0), n);
      }
    }
  }

  private void right(long a, float b, long y, int n) {
    BinaryFormula op = op();
    FloatVector all = FloatVector.broadcast(F, b);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      op.f(FloatVector.fromMemorySegment(F, Mem.ALL, a + offset, Mem.ORDER), all)
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      op.f(FloatVector.fromMemorySegment(F, Mem.ALL, a + offset, Mem.ORDER, mask), all)
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }

  private void left(float a, long b, long y, int n) {
    BinaryFormula op = op();
    FloatVector all = FloatVector.broadcast(F, a);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      op.f(all, FloatVector.fromMemorySegment(F, Mem.ALL, b + offset, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      op.f(all, FloatVector.fromMemorySegment(F, Mem.ALL, b + offset, Mem.ORDER, mask))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }
}
