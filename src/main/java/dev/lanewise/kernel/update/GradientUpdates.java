package dev.lanewise.kernel.update;

import static dev.lanewise.kernel.update.Descent.fma;
import static dev.lanewise.kernel.update.Descent.sign;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Optimisers whose step is the gradient, its mean, or the sign of one of these.
 *
 * <p>The names of states, where they have the numbers from, and the keywords are those of {@code
 * torch.optim}; see package {@code optim}.
 */
public final class GradientUpdates {
  private GradientUpdates() {}

  /**
   * Gradient descent: x - rate g.
   *
   * @param rate the learning rate
   */
  public record Sgd(float rate) implements Descent.OfNew {
    @Override
    public int states() {
      return 0;
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return g;
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return g;
    }
  }

  /**
   * Gradient descent with momentum (Sutskever et al., <i>On the importance of initialization and
   * momentum in deep learning</i>, 2013): n0 = momentum s0 + fresh g, x - rate (ahead g + kept n0).
   *
   * @param momentum the share of the velocity that is kept
   * @param fresh the share of the gradient that enters it
   * @param ahead 1 with Nesterov's look ahead, else 0
   * @param kept momentum with Nesterov, else 1
   * @param rate the learning rate
   */
  public record Momentum(float momentum, float fresh, float ahead, float kept, float rate)
      implements Descent.OfNew {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g, fresh, s0.mul(momentum));
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g, fresh, s0 * momentum);
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return fma(n0, kept, g.mul(ahead));
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return Math.fma(n0, kept, g * ahead);
    }
  }

  /**
   * Averaged gradient descent (Polyak and Juditsky, 1992): n0 the mean of the parameters.
   *
   * @param fresh the share of the new parameter in the mean
   * @param rate the learning rate
   */
  public record Averaged(float fresh, float rate) implements Descent.OfNew {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(fma(g, -rate, x), fresh, s0.mul(1 - fresh));
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(Math.fma(g, -rate, x), fresh, s0 * (1 - fresh));
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return g;
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return g;
    }
  }

  /**
   * Lion (Chen et al., <i>Symbolic discovery of optimization algorithms</i>, 2023): a step of the
   * learning rate in the direction of sign(s0 + fresh (g - s0)).
   *
   * @param fresh 1 - beta1
   * @param freshMean 1 - beta2
   * @param rate the learning rate
   */
  public record Lion(float fresh, float freshMean, float rate) implements Descent {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), freshMean, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, freshMean, s0);
    }

    @Override
    public FloatVector direction(
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return sign(fma(g.sub(s0), fresh, s0));
    }

    @Override
    public float direction(float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.signum(Math.fma(g - s0, fresh, s0));
    }
  }

  /**
   * Resilient backpropagation (Riedmiller and Braun, 1993): n0 is the size of the step, which grows
   * while the gradient keeps its sign; n1 the last gradient, 0 after a change of sign.
   *
   * @param down multiplies the step after a change of sign
   * @param up multiplies it otherwise
   * @param least the smallest step
   * @param most the greatest step
   */
  public record Rprop(float down, float up, float least, float most) implements Descent {
    /** The step is the direction itself. */
    @Override
    public float rate() {
      return 1;
    }

    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      FloatVector product = g.mul(s1);
      FloatVector grown = s0.blend(s0.mul(up), product.compare(VectorOperators.GT, 0));
      FloatVector size = grown.blend(s0.mul(down), product.compare(VectorOperators.LT, 0));
      return size.max(least).min(most);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      float product = g * s1;
      float size = product > 0 ? s0 * up : product < 0 ? s0 * down : s0;
      return Math.min(Math.max(size, least), most);
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return g.blend(0, g.mul(s1).compare(VectorOperators.LT, 0));
    }

    @Override
    public float second(float g, float n0, float s1) {
      return g * s1 < 0 ? 0 : g;
    }

    @Override
    public FloatVector direction(
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return sign(second(g, n0, s1)).mul(n0);
    }

    @Override
    public float direction(float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.signum(second(g, n0, s1)) * n0;
    }
  }
}
