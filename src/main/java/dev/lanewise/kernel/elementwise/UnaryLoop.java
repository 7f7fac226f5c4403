package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Mem;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** The template of all elementwise functions of one variable, see {@link Specializer}. */
final class UnaryLoop implements UnaryRange {
  private static final @Nullable VectorFunction OP =
      Specializer.data(MethodHandles.lookup(), VectorFunction.class);
  private final @Nullable VectorFunction ordinary;

  UnaryLoop() {
    ordinary = null;
  }

  UnaryLoop(VectorFunction formula) {
    ordinary = formula;
  }

  @Override
  public void run(long x, long y, int n) {
    VectorFunction op = OP != null ? OP : Objects.requireNonNull(ordinary);
    int whole = F.loopBound(n);
    int rest = n - whole;
    long from = x;
    long to = y;
    int count = whole;
    boolean last = rest == 0;
    // The whole vectors first; then what is left, filled up to one vector in the scratch memory.
    // The formula stands here once only, for its code is copied to every place that calls it.
    while (true) {
      for (int i = 0; i < count; i += L) {
        long offset = (long) i * 4;
        op.f(FloatVector.fromMemorySegment(F, Mem.ALL, from + offset, Mem.ORDER))
            .intoMemorySegment(Mem.ALL, to + offset, Mem.ORDER);
      }
      if (last) {
        break;
      }
      last = true;
      from = Scratch.address();
      to = from;
      count = L;
      Scratch.copyFew(x + (long) whole * 4, from, rest);
    }
    if (rest > 0) {
      Scratch.copyFew(to, y + (long) whole * 4, rest);
    }
  }
}
