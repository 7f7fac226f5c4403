package dev.lanewise.kernel.update;

import static dev.lanewise.kernel.update.Descent.fma;
import static dev.lanewise.kernel.update.Descent.root;

import jdk.incubator.vector.FloatVector;

/**
 * Adam and its kin: the mean of the gradients over the root of the mean of their squares.
 *
 * <p>The names of states, where they have the numbers from, and the keywords are those of {@code
 * torch.optim}; see package {@code optim}.
 */
public final class AdamUpdates {
  private AdamUpdates() {}

  /** n0 is the mean of the gradients. */
  interface Mean extends UpdateFormula {
    /** The share of the new gradient. */
    float fresh();

    @Override
    default FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), fresh(), s0);
    }

    @Override
    default float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, fresh(), s0);
    }
  }

  /** n0 is the mean of the gradients, n1 that of their squares. */
  interface Moments extends Mean {
    /** The share of the old mean of squares. */
    float keep();

    /** The share of the new square. */
    float freshSquare();

    @Override
    default int states() {
      return 2;
    }

    @Override
    default FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return fma(g.mul(g), freshSquare(), s1.mul(keep()));
    }

    @Override
    default float second(float g, float n0, float s1) {
      return Math.fma(g * g, freshSquare(), s1 * keep());
    }
  }

  /**
   * Adam (Kingma and Ba, 2015): n0 the mean of gradients, n1 that of their squares, x - rate n0 /
   * (scale sqrt(n1) + eps). Also AdamW and the adaptive steps of RAdam.
   *
   * @param fresh 1 - beta1
   * @param keep beta2
   * @param freshSquare 1 - beta2
   * @param scale the correction of the root: 1 / sqrt(1 - beta2^t)
   * @param eps keeps the quotient finite
   * @param rate the learning rate, divided by 1 - beta1^t
   */
  public record Adam(float fresh, float keep, float freshSquare, float scale, float eps, float rate)
      implements Moments, Descent.OfNew {
    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return n0.div(fma(n1.sqrt(), scale, eps));
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return n0 / Math.fma(root(n1), scale, eps);
    }
  }

  /**
   * Adam by the greatest mean square so far (Reddi et al., <i>On the convergence of Adam and
   * beyond</i>, 2018).
   *
   * @param fresh 1 - beta1
   * @param keep beta2
   * @param freshSquare 1 - beta2
   * @param scale the correction of the root: 1 / sqrt(1 - beta2^t)
   * @param eps keeps the quotient finite
   * @param rate the learning rate, divided by 1 - beta1^t
   */
  public record AmsGrad(
      float fresh, float keep, float freshSquare, float scale, float eps, float rate)
      implements Moments, Descent.OfNew {
    @Override
    public int states() {
      return 3;
    }

    @Override
    public FloatVector third(FloatVector g, FloatVector n0, FloatVector n1, FloatVector s2) {
      return s2.max(n1);
    }

    @Override
    public float third(float g, float n0, float n1, float s2) {
      return Math.max(s2, n1);
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return n0.div(fma(n2.sqrt(), scale, eps));
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return n0 / Math.fma(root(n2), scale, eps);
    }
  }

  /**
   * Adam with Nesterov's look ahead (Dozat, <i>Incorporating Nesterov momentum into Adam</i>,
   * 2016).
   *
   * @param fresh 1 - beta1
   * @param keep beta2
   * @param freshSquare 1 - beta2
   * @param scale the correction of the root: 1 / sqrt(1 - beta2^t)
   * @param eps keeps the quotient finite
   * @param gradientRate the step along the gradient
   * @param rate the step along its mean
   */
  public record NAdam(
      float fresh,
      float keep,
      float freshSquare,
      float scale,
      float eps,
      float gradientRate,
      float rate)
      implements Moments {
    @Override
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      FloatVector root = fma(n1.sqrt(), scale, eps);
      return fma(n0.div(root), -rate, fma(g.div(root), -gradientRate, x));
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      float root = Math.fma(root(n1), scale, eps);
      return Math.fma(n0 / root, -rate, Math.fma(g / root, -gradientRate, x));
    }
  }

  /**
   * The first steps of RAdam (Liu et al., <i>On the variance of the adaptive learning rate and
   * beyond</i>, 2020), where the mean square is too uncertain to divide by: x - rate n0.
   *
   * @param fresh 1 - beta1
   * @param keep beta2
   * @param freshSquare 1 - beta2
   * @param rate the learning rate, divided by 1 - beta1^t
   */
  public record AdamMean(float fresh, float keep, float freshSquare, float rate)
      implements Moments, Descent.OfNew {
    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return n0;
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return n0;
    }
  }

  /**
   * Adam by the greatest gradient (Kingma and Ba, 2015): n1 = max(keep s1, |g| + eps).
   *
   * @param fresh 1 - beta1
   * @param keep beta2
   * @param eps keeps the quotient finite
   * @param rate the learning rate, divided by 1 - beta1^t
   */
  public record Adamax(float fresh, float keep, float eps, float rate)
      implements Mean, Descent.OfNew {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return s1.mul(keep).max(g.abs().add(eps));
    }

    @Override
    public float second(float g, float n0, float s1) {
      return Math.max(s1 * keep, Math.abs(g) + eps);
    }

    @Override
    public FloatVector direction(FloatVector g, FloatVector n0, FloatVector n1, FloatVector n2) {
      return n0.div(n1);
    }

    @Override
    public float direction(float g, float n0, float n1, float n2) {
      return n0 / n1;
    }
  }
}
