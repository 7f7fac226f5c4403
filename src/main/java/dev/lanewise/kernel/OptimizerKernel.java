package dev.lanewise.kernel;

import org.jspecify.annotations.Nullable;

/** Optimiser updates in one pass over parameters, gradients and state. */
public final class OptimizerKernel {
  private OptimizerKernel() {}

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
      boolean firstStep) {}
}
