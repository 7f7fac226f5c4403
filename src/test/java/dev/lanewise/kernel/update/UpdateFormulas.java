package dev.lanewise.kernel.update;

import java.util.List;

/**
 * Each formula of an optimiser, with numbers that change from step to step, as those of Adam do.
 */
public final class UpdateFormulas {
  private UpdateFormulas() {}

  public static List<UpdateFormula> all(int step) {
    float rate = 0.1f / step;
    float scale = 1.7f / step;
    return List.of(
        new GradientUpdates.Sgd(rate),
        new GradientUpdates.Momentum(0.9f, 0.8f, 1, 0.9f, rate),
        new AdamUpdates.Adam(0.1f, 0.99f, 0.01f, scale, 1e-8f, rate),
        new AdamUpdates.AmsGrad(0.1f, 0.99f, 0.01f, scale, 1e-8f, rate),
        new AdamUpdates.NAdam(0.1f, 0.99f, 0.01f, scale, 1e-8f, rate, 2 * rate),
        new AdamUpdates.AdamMean(0.1f, 0.99f, 0.01f, rate),
        new AdamUpdates.Adamax(0.1f, 0.99f, 1e-8f, rate),
        new SquareUpdates.RmsProp(0.99f, 0.01f, 1e-8f, rate),
        new SquareUpdates.RmsPropMomentum(0.99f, 0.01f, 1, 0.9f, 1e-3f, rate),
        new SquareUpdates.Adagrad(1e-10f, rate),
        new SquareUpdates.Adadelta(0.9f, 0.1f, 1e-6f, rate),
        new GradientUpdates.Lion(0.1f, 0.01f, rate),
        new GradientUpdates.Averaged(0.25f / step, rate),
        new GradientUpdates.Rprop(0.5f, 1.2f, 1e-6f, 50));
  }
}
