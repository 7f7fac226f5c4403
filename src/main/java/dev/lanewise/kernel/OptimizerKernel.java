package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;
import static dev.lanewise.kernel.Lanes.L;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/** Optimiser updates in one pass over parameters, gradients and state. */
public final class OptimizerKernel {
  private OptimizerKernel() {}

  /**
   * Stochastic gradient descent with the update of {@code torch.optim.SGD}:
   *
   * <pre>
   * g = g + weightDecay p
   * v = momentum v + (1 - dampening) g     (v = g in the first step)
   * p = p - lr v                           (p - lr (g + momentum v) with Nesterov)
   * </pre>
   *
   * @param p the parameters, updated in place
   * @param g their gradients
   * @param velocity the state v, updated in place; null without momentum: p = p - lr g
   * @param n how many elements each has
   * @param lr the learning rate
   * @param momentum see above
   * @param dampening see above
   * @param weightDecay see above
   * @param nesterov see above
   * @param firstStep whether the velocity holds nothing yet
   */
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
    long parameters = Operand.address(p);
    long gradients = Operand.address(g);
    if (velocity == null) {
      Chunks.run(
          n,
          1,
          (from, to) ->
              plain(
                  parameters + from * 4,
                  gradients + from * 4,
                  (int) (to - from),
                  -lr,
                  weightDecay));
      return;
    }
    long velocities = Operand.address(velocity);
    // In the first step the velocity is the gradient whatever the dampening; its old contents are
    // not even multiplied by zero, for they may be NaN.
    float fresh = firstStep ? 1 : 1 - dampening;
    // The step is along a g + b v.
    float a = nesterov ? 1 : 0;
    float b = nesterov ? momentum : 1;
    Chunks.run(
        n,
        1,
        (from, to) -> {
          long offset = from * 4;
          int count = (int) (to - from);
          if (firstStep) {
            VectorMemory.fill(velocities + offset, 0, count);
          }
          momentum(
              parameters + offset,
              gradients + offset,
              velocities + offset,
              count,
              -lr,
              momentum,
              fresh,
              weightDecay,
              a,
              b);
        });
  }

  private static void plain(long p, long g, int n, float minusRate, float decay) {
    FloatVector rates = FloatVector.broadcast(F, minusRate);
    FloatVector decays = FloatVector.broadcast(F, decay);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      FloatVector x = FloatVector.fromMemorySegment(F, Mem.ALL, p + offset, Mem.ORDER);
      FloatVector slope =
          x.fma(decays, FloatVector.fromMemorySegment(F, Mem.ALL, g + offset, Mem.ORDER));
      slope.fma(rates, x).intoMemorySegment(Mem.ALL, p + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      FloatVector x = FloatVector.fromMemorySegment(F, Mem.ALL, p + offset, Mem.ORDER, mask);
      FloatVector slope =
          x.fma(decays, FloatVector.fromMemorySegment(F, Mem.ALL, g + offset, Mem.ORDER, mask));
      slope.fma(rates, x).intoMemorySegment(Mem.ALL, p + offset, Mem.ORDER, mask);
    }
  }

  private static void momentum(
      long p,
      long g,
      long v,
      int n,
      float minusRate,
      float momentum,
      float fresh,
      float decay,
      float a,
      float b) {
    FloatVector rates = FloatVector.broadcast(F, minusRate);
    FloatVector momenta = FloatVector.broadcast(F, momentum);
    FloatVector freshness = FloatVector.broadcast(F, fresh);
    FloatVector decays = FloatVector.broadcast(F, decay);
    FloatVector as = FloatVector.broadcast(F, a);
    FloatVector bs = FloatVector.broadcast(F, b);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      FloatVector x = FloatVector.fromMemorySegment(F, Mem.ALL, p + offset, Mem.ORDER);
      FloatVector slope =
          x.fma(decays, FloatVector.fromMemorySegment(F, Mem.ALL, g + offset, Mem.ORDER));
      FloatVector speed =
          FloatVector.fromMemorySegment(F, Mem.ALL, v + offset, Mem.ORDER).mul(momenta);
      speed = slope.fma(freshness, speed);
      speed.intoMemorySegment(Mem.ALL, v + offset, Mem.ORDER);
      slope
          .mul(as)
          .add(speed.mul(bs))
          .fma(rates, x)
          .intoMemorySegment(Mem.ALL, p + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      FloatVector x = FloatVector.fromMemorySegment(F, Mem.ALL, p + offset, Mem.ORDER, mask);
      FloatVector slope =
          x.fma(decays, FloatVector.fromMemorySegment(F, Mem.ALL, g + offset, Mem.ORDER, mask));
      FloatVector speed =
          FloatVector.fromMemorySegment(F, Mem.ALL, v + offset, Mem.ORDER, mask).mul(momenta);
      speed = slope.fma(freshness, speed);
      speed.intoMemorySegment(Mem.ALL, v + offset, Mem.ORDER, mask);
      slope
          .mul(as)
          .add(speed.mul(bs))
          .fma(rates, x)
          .intoMemorySegment(Mem.ALL, p + offset, Mem.ORDER, mask);
    }
  }
}
