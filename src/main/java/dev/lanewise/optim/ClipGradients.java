package dev.lanewise.optim;

import dev.lanewise.tensor.InPlace;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Collection;

/** Keeps gradients from becoming too large, between backward and the step of the optimiser. */
public final class ClipGradients {
  /** For {@link #byNorm}: the greatest element. */
  public static final double INFINITY = Double.POSITIVE_INFINITY;

  private ClipGradients() {}

  /**
   * Scales all gradients by min(1, maxNorm / (norm + 1e-6)), where the norm is that of all of them
   * together (Pascanu, Mikolov and Bengio, <i>On the difficulty of training recurrent neural
   * networks</i>, 2013; {@code torch.nn.utils.clip_grad_norm_}). Parameters without gradient do not
   * count.
   *
   * @param normType 2 for the Euclidean norm, any other positive power, or {@link #INFINITY}
   * @return the norm before
   */
  public static double byNorm(Collection<Tensor> parameters, double maxNorm, double normType) {
    if (!(normType > 0) || !(maxNorm >= 0)) {
      throw new IllegalArgumentException(
          "clip by norm: the norm is of type "
              + normType
              + " and at most "
              + maxNorm
              + "; expected a positive type and a bound from 0");
    }
    double total = 0;
    for (Tensor parameter : parameters) {
      Tensor gradient = parameter.grad();
      if (gradient == null || gradient.size() == 0) {
        continue;
      }
      try (Tape.Pause pause = Tape.noGrad();
          Scope scope = Scope.open()) {
        if (normType == INFINITY) {
          total = Math.max(total, gradient.abs().max().item());
        } else if (normType == 2) {
          total += gradient.mul(gradient).sum().item();
        } else {
          total += gradient.abs().pow((float) normType).sum().item();
        }
      }
    }
    double norm =
        normType == INFINITY
            ? total
            : normType == 2 ? Math.sqrt(total) : StrictMath.pow(total, 1 / normType);
    double scale = Math.min(1, maxNorm / (norm + 1e-6));
    if (scale != 1) {
      for (Tensor parameter : parameters) {
        scale(parameter, (float) scale);
      }
    }
    return norm;
  }

  /** By the Euclidean norm. */
  public static double byNorm(Collection<Tensor> parameters, double maxNorm) {
    return byNorm(parameters, maxNorm, 2);
  }

  private static void scale(Tensor parameter, float scale) {
    Tensor gradient = parameter.grad();
    if (gradient == null) {
      return;
    }
    if (gradient.layout() == Layout.PLAIN && gradient.isContiguous()) {
      InPlace.scale(gradient, scale);
    } else {
      parameter.setGrad(Tape.noGrad(() -> gradient.mul(scale)));
    }
  }

  /** Each element of the gradients from -bound to bound. */
  public static void byValue(Collection<Tensor> parameters, double bound) {
    if (!(bound >= 0)) {
      throw new IllegalArgumentException(
          "clip by value: the bound is " + bound + "; expected a number from 0");
    }
    for (Tensor parameter : parameters) {
      Tensor gradient = parameter.grad();
      if (gradient != null) {
        parameter.setGrad(Tape.noGrad(() -> gradient.clamp((float) -bound, (float) bound)));
      }
    }
  }
}
