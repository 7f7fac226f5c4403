package dev.lanewise.kernel.update;

import static dev.lanewise.kernel.update.Descent.fma;
import static dev.lanewise.kernel.update.Descent.root;

import jdk.incubator.vector.FloatVector;

/**
 * Optimisers that divide the gradient by the root of a mean, or the sum, of its squares.
 *
 * <p>The names of states, where they have the numbers from, and the keywords are those of {@code
 * torch.optim}; see package {@code optim}.
 */
public final class SquareUpdates {
  private SquareUpdates() {}

  /** n0 is the mean of the squares of the gradients. */
  interface MeanSquare extends UpdateFormula {
    /** The share of the old mean. */
    float keep();

    /** The share of the new square. */
    float freshSquare();

    @Override
    default FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.mul(g), freshSquare(), s0.mul(keep()));
    }

    @Override
    default float first(float x, float g, float s0, float s1) {
      return Math.fma(g * g, freshSquare(), s0 * keep());
    }
  }

  /**
   * RMSprop (Hinton, lectures on neural networks, 2012): x - rate g / (sqrt(n0) + eps).
   *
   * @param keep alpha
   * @param freshSquare 1 - alpha
   * @param eps keeps the quotient finite
   * @param rate the learning rate
   */
  public record RmsProp(float keep, float freshSquare, float eps, float rate)
      implements MeanSquare, Descent.OfNew {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return g.div(n0.sqrt().add(eps));
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return g / (root(n0) + eps);
    }
  }

  /**
   * RMSprop by the variance (Graves, <i>Generating sequences with recurrent neural networks</i>,
   * 2013) and with momentum: n1 the mean of gradients, n2 the velocity.
   *
   * @param keep alpha
   * @param freshSquare 1 - alpha
   * @param centre 1 where the squared mean is taken off, else 0
   * @param momentum the share of the velocity that is kept
   * @param eps keeps the quotient finite
   * @param rate the learning rate
   */
  public record RmsPropMomentum(
      float keep, float freshSquare, float centre, float momentum, float eps, float rate)
      implements MeanSquare, Descent.OfNew {
    @Override
    public int states() {
      return 3;
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return fma(g.sub(s1), freshSquare, s1);
    }

    @Override
    public float second(float g, float n0, float s1) {
      return Math.fma(g - s1, freshSquare, s1);
    }

    @Override
    public FloatVector third(FloatVector g, FloatVector n0, FloatVector n1, FloatVector s2) {
      return s2.mul(momentum).add(g.div(n0.sub(n1.mul(n1).mul(centre)).sqrt().add(eps)));
    }

    @Override
    public float third(float g, float n0, float n1, float s2) {
      return s2 * momentum + g / (root(n0 - n1 * n1 * centre) + eps);
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return n2;
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return n2;
    }
  }

  /**
   * Adagrad (Duchi, Hazan and Singer, 2011): n0 = s0 + g^2, x - rate g / (sqrt(n0) + eps).
   *
   * @param eps keeps the quotient finite
   * @param rate the learning rate
   */
  public record Adagrad(float eps, float rate) implements Descent.OfNew {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return g.fma(g, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g, g, s0);
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return g.div(n0.sqrt().add(eps));
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return g / (root(n0) + eps);
    }
  }

  /**
   * Adadelta (Zeiler, 2012): steps of the size of the last ones, n1 = keep s1 + freshSquare step^2.
   *
   * @param keep rho
   * @param freshSquare 1 - rho
   * @param eps keeps the quotient finite
   * @param rate the learning rate
   */
  public record Adadelta(float keep, float freshSquare, float eps, float rate)
      implements MeanSquare, Descent {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      FloatVector step = step(g, n0, s1);
      return fma(step.mul(step), freshSquare, s1.mul(keep));
    }

    @Override
    public float second(float g, float n0, float s1) {
      float step = step(g, n0, s1);
      return Math.fma(step * step, freshSquare, s1 * keep);
    }

    @Override
    public FloatVector direction(
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return step(g, n0, s1);
    }

    @Override
    public float direction(float g, float s0, float n0, float s1, float n1, float n2) {
      return step(g, n0, s1);
    }

    private FloatVector step(FloatVector g, FloatVector n0, FloatVector s1) {
      return s1.add(eps).sqrt().div(n0.add(eps).sqrt()).mul(g);
    }

    private float step(float g, float n0, float s1) {
      return root(s1 + eps) / root(n0 + eps) * g;
    }
  }
}
