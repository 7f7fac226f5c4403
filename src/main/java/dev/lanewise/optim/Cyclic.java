package dev.lanewise.optim;

import java.util.Objects;

/**
 * Up and down along lines between two learning rates (Smith, <i>Cyclical learning rates for
 * training neural networks</i>, 2017; {@code torch.optim.lr_scheduler.CyclicLR}).
 *
 * @param baseLr the lowest learning rate
 * @param maxLr the highest one
 * @param up steps from the lowest to the highest
 * @param down steps back
 * @param mode how the peaks go
 * @param gamma of {@link Mode#EXP_RANGE}
 * @param cycleMomentum whether the momentum goes the other way round
 */
public record Cyclic(
    double baseLr,
    double maxLr,
    long up,
    long down,
    Mode mode,
    double gamma,
    boolean cycleMomentum,
    double baseMomentum,
    double maxMomentum)
    implements Schedule {
  public Cyclic {
    Objects.requireNonNull(mode, "mode");
  }

  /** How high the peaks are. */
  public enum Mode {
    /** All alike. */
    TRIANGULAR,
    /** Each half as high as the last one. */
    TRIANGULAR2,
    /** Times gamma after each step. */
    EXP_RANGE
  }

  @Override
  public double lr(double base, long step, long steps) {
    return baseLr + (maxLr - baseLr) * height(step);
  }

  @Override
  public double momentum(long step, long steps) {
    return cycleMomentum ? maxMomentum - (maxMomentum - baseMomentum) * height(step) : Double.NaN;
  }

  private double height(long step) {
    double total = (double) up + down;
    double cycle = Math.floor(1 + step / total);
    double x = 1 + step / total - cycle;
    double ratio = up / total;
    double scale = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    return scale
        * switch (mode) {
          case TRIANGULAR -> 1;
          case TRIANGULAR2 -> StrictMath.pow(2, 1 - cycle);
          case EXP_RANGE -> StrictMath.pow(gamma, step);
        };
  }
}
