package dev.lanewise.kernel;

import static dev.lanewise.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The optimisers, each in one formula. The names of their states, where they have the numbers from,
 * and the keywords are those of {@code torch.optim}; see package {@code optim}. A mean that decays
 * is written as s + fresh (g - s).
 */
public final class Updates {
  private Updates() {}

  private static FloatVector fma(FloatVector a, float b, FloatVector c) {
    return a.fma(FloatVector.broadcast(F, b), c);
  }

  private static FloatVector fma(FloatVector a, float b, float c) {
    return a.fma(FloatVector.broadcast(F, b), FloatVector.broadcast(F, c));
  }

  private static float root(float x) {
    return (float) Math.sqrt(x);
  }

  private static FloatVector sign(FloatVector x) {
    return FloatVector.zero(F)
        .blend(1, x.compare(VectorOperators.GT, 0))
        .blend(-1, x.compare(VectorOperators.LT, 0));
  }

  /**
   * Gradient descent: x - rate g.
   *
   * @param rate the learning rate
   */
  public record Sgd(float rate) implements UpdateFormula {
    @Override
    public int states() {
      return 0;
    }

    @Override
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(g, -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(g, -rate, x);
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
      implements UpdateFormula {
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(fma(n0, kept, g.mul(ahead)), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(Math.fma(n0, kept, g * ahead), -rate, x);
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
      implements UpdateFormula {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), fresh, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, fresh, s0);
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s1.mul(keep));
    }

    @Override
    public float second(float g, float n0, float s1) {
      return Math.fma(g * g, freshSquare, s1 * keep);
    }

    @Override
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(n0.div(fma(n1.sqrt(), scale, eps)), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(n0 / Math.fma(root(n1), scale, eps), -rate, x);
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
      implements UpdateFormula {
    @Override
    public int states() {
      return 3;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), fresh, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, fresh, s0);
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s1.mul(keep));
    }

    @Override
    public float second(float g, float n0, float s1) {
      return Math.fma(g * g, freshSquare, s1 * keep);
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(n0.div(fma(n2.sqrt(), scale, eps)), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(n0 / Math.fma(root(n2), scale, eps), -rate, x);
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
      implements UpdateFormula {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), fresh, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, fresh, s0);
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s1.mul(keep));
    }

    @Override
    public float second(float g, float n0, float s1) {
      return Math.fma(g * g, freshSquare, s1 * keep);
    }

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
      implements UpdateFormula {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), fresh, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, fresh, s0);
    }

    @Override
    public FloatVector second(FloatVector g, FloatVector n0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s1.mul(keep));
    }

    @Override
    public float second(float g, float n0, float s1) {
      return Math.fma(g * g, freshSquare, s1 * keep);
    }

    @Override
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(n0, -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(n0, -rate, x);
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
  public record Adamax(float fresh, float keep, float eps, float rate) implements UpdateFormula {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.sub(s0), fresh, s0);
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g - s0, fresh, s0);
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(n0.div(n1), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(n0 / n1, -rate, x);
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
      implements UpdateFormula {
    @Override
    public int states() {
      return 1;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s0.mul(keep));
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g * g, freshSquare, s0 * keep);
    }

    @Override
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(g.div(n0.sqrt().add(eps)), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(g / (root(n0) + eps), -rate, x);
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
      implements UpdateFormula {
    @Override
    public int states() {
      return 3;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s0.mul(keep));
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g * g, freshSquare, s0 * keep);
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(n2, -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(n2, -rate, x);
    }
  }

  /**
   * Adagrad (Duchi, Hazan and Singer, 2011): n0 = s0 + g^2, x - rate g / (sqrt(n0) + eps).
   *
   * @param eps keeps the quotient finite
   * @param rate the learning rate
   */
  public record Adagrad(float eps, float rate) implements UpdateFormula {
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(g.div(n0.sqrt().add(eps)), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(g / (root(n0) + eps), -rate, x);
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
      implements UpdateFormula {
    @Override
    public int states() {
      return 2;
    }

    @Override
    public FloatVector first(FloatVector x, FloatVector g, FloatVector s0, FloatVector s1) {
      return fma(g.mul(g), freshSquare, s0.mul(keep));
    }

    @Override
    public float first(float x, float g, float s0, float s1) {
      return Math.fma(g * g, freshSquare, s0 * keep);
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(step(g, n0, s1), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(step(g, n0, s1), -rate, x);
    }

    private FloatVector step(FloatVector g, FloatVector n0, FloatVector s1) {
      return s1.add(eps).sqrt().div(n0.add(eps).sqrt()).mul(g);
    }

    private float step(float g, float n0, float s1) {
      return root(s1 + eps) / root(n0 + eps) * g;
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
  public record Lion(float fresh, float freshMean, float rate) implements UpdateFormula {
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(sign(fma(g.sub(s0), fresh, s0)), -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(Math.signum(Math.fma(g - s0, fresh, s0)), -rate, x);
    }
  }

  /**
   * Averaged gradient descent (Polyak and Juditsky, 1992): n0 the mean of the parameters.
   *
   * @param fresh the share of the new parameter in the mean
   * @param rate the learning rate
   */
  public record Averaged(float fresh, float rate) implements UpdateFormula {
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return fma(g, -rate, x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(g, -rate, x);
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
  public record Rprop(float down, float up, float least, float most) implements UpdateFormula {
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
    public FloatVector parameter(
        FloatVector x,
        FloatVector g,
        FloatVector s0,
        FloatVector n0,
        FloatVector s1,
        FloatVector n1,
        FloatVector n2) {
      return sign(second(g, n0, s1)).fma(n0.neg(), x);
    }

    @Override
    public float parameter(float x, float g, float s0, float n0, float s1, float n1, float n2) {
      return Math.fma(Math.signum(second(g, n0, s1)), -n0, x);
    }
  }
}
