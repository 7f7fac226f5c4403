package dev.lanewise.optim;

/**
 * Up to a high learning rate and down to nearly 0, the momentum the other way round (Smith and
 * Topin, <i>Super-convergence</i>, 2018; {@code torch.optim.lr_scheduler.OneCycleLR}). The base
 * learning rate is not used.
 *
 * @param maxLr the highest learning rate; NaN for that of the optimiser
 * @param totalSteps of the cycle; 0 for those of the training
 * @param pctStart the share of the steps that goes up
 * @param cosine along half a cosine, else along a line
 * @param divFactor the first learning rate is maxLr / divFactor
 * @param finalDivFactor the last one is the first / finalDivFactor
 * @param threePhase back to the first learning rate as fast as it came, then to the last
 * @param cycleMomentum whether the momentum goes along
 */
public record OneCycle(
    double maxLr,
    long totalSteps,
    double pctStart,
    boolean cosine,
    double divFactor,
    double finalDivFactor,
    boolean threePhase,
    boolean cycleMomentum,
    double baseMomentum,
    double maxMomentum)
    implements Schedule {
  /** PyTorch's defaults, over the whole training, up to the learning rate of the optimiser. */
  public OneCycle() {
    this(Double.NaN, 0, 0.3, true, 25, 1e4, false, true, 0.85, 0.95);
  }

  @Override
  public double lr(double base, long step, long steps) {
    double high = Double.isNaN(maxLr) ? base : maxLr;
    double first = high / divFactor;
    return at(
        step,
        steps,
        first,
        high,
        threePhase ? first : first / finalDivFactor,
        first / finalDivFactor);
  }

  @Override
  public double momentum(long step, long steps) {
    return cycleMomentum
        ? at(step, steps, maxMomentum, baseMomentum, maxMomentum, maxMomentum)
        : Double.NaN;
  }

  private double at(long step, long steps, double first, double middle, double third, double last) {
    double total = totalSteps > 0 ? totalSteps : steps;
    double up = pctStart * total - 1;
    double down = threePhase ? 2 * pctStart * total - 2 : total - 1;
    if (step <= up) {
      return between(first, middle, step / up);
    }
    if (step <= down || !threePhase) {
      return between(middle, third, (step - up) / (down - up));
    }
    return between(third, last, (step - down) / (total - 1 - down));
  }

  private double between(double from, double to, double share) {
    double part = Math.clamp(share, 0, 1);
    return cosine
        ? to + (from - to) / 2 * (1 + StrictMath.cos(Math.PI * part))
        : from + (to - from) * part;
  }
}
