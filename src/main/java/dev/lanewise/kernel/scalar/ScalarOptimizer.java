package dev.lanewise.kernel.scalar;

import dev.lanewise.kernel.Mem;
import dev.lanewise.kernel.Operand;
import dev.lanewise.kernel.OptimizerKernel;
import org.jspecify.annotations.Nullable;

/** The scalar twin of {@link OptimizerKernel}: the formulas as they are written there. */
public final class ScalarOptimizer {
  private ScalarOptimizer() {}

  /** See {@link OptimizerKernel#sgd}. */
  public static void sgd(
      Operand p,
      Operand g,
      @Nullable Operand velocity,
      long n,
      float lr,
      float momentum,
      float dampening,
      float weightDecay,
      boolean nesterov,
      boolean firstStep) {
    for (long i = 0; i < n; i++) {
      long at = Operand.address(p) + i * 4;
      float slope = Mem.get(Operand.address(g) + i * 4) + weightDecay * Mem.get(at);
      float step = slope;
      if (velocity != null) {
        long v = Operand.address(velocity) + i * 4;
        float speed = firstStep ? slope : momentum * Mem.get(v) + (1 - dampening) * slope;
        Mem.set(v, speed);
        step = nesterov ? slope + momentum * speed : speed;
      }
      Mem.set(at, Mem.get(at) - lr * step);
    }
  }
}
