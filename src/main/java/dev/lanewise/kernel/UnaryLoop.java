package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;
import static dev.lanewise.kernel.VectorMemory.load;
import static dev.lanewise.kernel.VectorMemory.store;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/** The template of all elementwise functions of one variable, see {@link Specializer}. */
final class UnaryLoop implements UnaryRange {
  private static final @Nullable UnaryFormula OP =
      Specializer.data(MethodHandles.lookup(), UnaryFormula.class);
  private final @Nullable UnaryFormula ordinary;

  UnaryLoop() {
    ordinary = null;
  }

  UnaryLoop(UnaryFormula formula) {
    ordinary = formula;
  }

  @Override
  public void run(long x, long y, int n) {
    UnaryFormula op = OP != null ? OP : Objects.requireNonNull(ordinary);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      store(op.f(load(x + (long) i * 4)), y + (long) i * 4);
    }
    if (bound < n) {
      tail(op, x + (long) bound * 4, y + (long) bound * 4, n - bound);
    }
  }

  private static void tail(UnaryFormula op, long x, long y, int n) {
    VectorMask<Float> mask = VectorMemory.first(n);
    store(op.f(load(x, mask)), y, mask);
  }
}
