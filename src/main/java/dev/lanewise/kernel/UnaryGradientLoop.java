package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;
import static dev.lanewise.kernel.VectorMemory.load;
import static dev.lanewise.kernel.VectorMemory.store;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/** The template of the derivatives of one variable, see {@link Specializer}. */
final class UnaryGradientLoop implements UnaryGradientRange {
  private static final @Nullable UnaryFormula OP =
      Specializer.data(MethodHandles.lookup(), UnaryFormula.class);

  // Constants of the specialised class, so that what is not used is not loaded.
  private static final boolean INPUT = OP != null && OP.usesInput();
  private static final boolean OUTPUT = OP != null && OP.usesOutput();

  private static final FloatVector ZERO = FloatVector.zero(F);
  private final @Nullable UnaryFormula ordinary;

  UnaryGradientLoop() {
    ordinary = null;
  }

  UnaryGradientLoop(UnaryFormula formula) {
    ordinary = formula;
  }

  @Override
  public void run(long x, long y, long dy, long dx, int n) {
    UnaryFormula op = OP != null ? OP : Objects.requireNonNull(ordinary);
    boolean input = OP != null ? INPUT : op.usesInput();
    boolean output = OP != null ? OUTPUT : op.usesOutput();
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      FloatVector xs = input ? load(x + offset) : ZERO;
      FloatVector ys = output ? load(y + offset) : ZERO;
      store(load(dy + offset).mul(op.df(xs, ys)), dx + offset);
    }
    if (bound < n) {
      long offset = (long) bound * 4;
      tail(op, input, output, x + offset, y + offset, dy + offset, dx + offset, n - bound);
    }
  }

  private static void tail(
      UnaryFormula op, boolean input, boolean output, long x, long y, long dy, long dx, int n) {
    VectorMask<Float> mask = VectorMemory.first(n);
    FloatVector xs = input ? load(x, mask) : ZERO;
    FloatVector ys = output ? load(y, mask) : ZERO;
    store(load(dy, mask).mul(op.df(xs, ys)), dx, mask);
  }
}
