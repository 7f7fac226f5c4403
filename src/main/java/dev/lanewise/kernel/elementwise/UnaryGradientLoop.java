package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
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
    int whole = F.loopBound(n);
    int rest = n - whole;
    long end = (long) whole * 4;
    long xs = x;
    long ys = y;
    long from = dy;
    long to = dx;
    int count = whole;
    boolean last = rest == 0;
    // Whole vectors, then the rest in the scratch memory, as in UnaryLoop.
    while (true) {
      for (int i = 0; i < count; i += L) {
        long offset = (long) i * 4;
        FloatVector slope =
            op.df(
                input ? FloatVector.fromMemorySegment(F, Mem.ALL, xs + offset, Mem.ORDER) : ZERO,
                output ? FloatVector.fromMemorySegment(F, Mem.ALL, ys + offset, Mem.ORDER) : ZERO);
        FloatVector.fromMemorySegment(F, Mem.ALL, from + offset, Mem.ORDER)
            .mul(slope)
            .intoMemorySegment(Mem.ALL, to + offset, Mem.ORDER);
      }
      if (last) {
        break;
      }
      last = true;
      from = Scratch.address();
      to = from;
      xs = from + Lanes.BYTES;
      ys = xs + Lanes.BYTES;
      count = L;
      Scratch.copyFew(dy + end, from, rest);
      if (input) {
        Scratch.copyFew(x + end, xs, rest);
      }
      if (output) {
        Scratch.copyFew(y + end, ys, rest);
      }
    }
    if (rest > 0) {
      Scratch.copyFew(to, dx + end, rest);
    }
  }
}
