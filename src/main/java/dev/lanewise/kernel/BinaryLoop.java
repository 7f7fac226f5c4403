package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;
import static dev.lanewise.kernel.VectorMemory.broadcast;
import static dev.lanewise.kernel.VectorMemory.load;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * The template of all elementwise functions of two variables, see {@link Specializer}. The stores
 * are not those of VectorMemory, for the reason given in {@link UnaryLoop}.
 */
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
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      op.f(load(a + offset), load(b + offset)).intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = VectorMemory.first(n - bound);
      long offset = (long) bound * 4;
      op.f(load(a + offset, mask), load(b + offset, mask))
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
            op.f(broadcast(Mem.get(a + row * aRow)), broadcast(Mem.get(b + row * bRow)));
        VectorMemory.fill(y + (long) row * n * 4, value.lane(0), n);
      }
    }
  }

  private void right(long a, float b, long y, int n) {
    BinaryFormula op = op();
    FloatVector all = broadcast(b);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      op.f(load(a + (long) i * 4), all).intoMemorySegment(Mem.ALL, y + (long) i * 4, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = VectorMemory.first(n - bound);
      long offset = (long) bound * 4;
      op.f(load(a + offset, mask), all).intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }

  private void left(float a, long b, long y, int n) {
    BinaryFormula op = op();
    FloatVector all = broadcast(a);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      op.f(all, load(b + (long) i * 4)).intoMemorySegment(Mem.ALL, y + (long) i * 4, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = VectorMemory.first(n - bound);
      long offset = (long) bound * 4;
      op.f(all, load(b + offset, mask)).intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }
}
