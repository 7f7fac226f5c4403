package dev.lanewise.optim;

import java.util.Map;
import java.util.Objects;

/**
 * Lowers the learning rate when a metric no longer gets better ({@code
 * torch.optim.lr_scheduler.ReduceLROnPlateau}).
 */
public final class ReduceOnPlateau {
  private final Optimizer optimizer;
  private final Settings settings;
  private double best;
  private int bad;
  private int cooling;

  /**
   * How it is done.
   *
   * @param max whether a higher metric is better, else a lower one
   * @param factor what the learning rate is multiplied by
   * @param patience steps without improvement that are waited for
   * @param threshold an improvement is more than this
   * @param relative whether the threshold is a share of the best, else a difference
   * @param cooldown steps after a reduction in which none is counted as bad
   * @param minLr not below this
   * @param eps a reduction by no more than this is left out
   */
  public record Settings(
      boolean max,
      double factor,
      int patience,
      double threshold,
      boolean relative,
      int cooldown,
      double minLr,
      double eps) {
    /** Checks the factor. */
    public Settings {
      if (!(factor > 0 && factor < 1)) {
        throw new IllegalArgumentException(
            "The factor is " + factor + "; expected a number between 0 and 1.");
      }
    }

    /** PyTorch's defaults. */
    public Settings() {
      this(false, 0.1, 10, 1e-4, true, 0, 0, 1e-8);
    }
  }

  /** For one optimiser. */
  public ReduceOnPlateau(Optimizer optimizer, Settings settings) {
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
    this.settings = settings;
    best = settings.max ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  /** To be called with the metric after each step or epoch. */
  public void step(double metric) {
    if (better(metric)) {
      best = metric;
      bad = 0;
    } else {
      bad++;
    }
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    if (bad > settings.patience) {
      for (ParameterGroup group : optimizer.groups()) {
        double lower = Math.max(group.lr() * settings.factor, settings.minLr);
        if (group.lr() - lower > settings.eps) {
          group.set("lr", lower);
        }
      }
      cooling = settings.cooldown;
      bad = 0;
    }
  }

  private boolean better(double metric) {
    if (settings.relative) {
      return settings.max
          ? metric > best * (1 + settings.threshold)
          : metric < best * (1 - settings.threshold);
    }
    return settings.max ? metric > best + settings.threshold : metric < best - settings.threshold;
  }

  /** What is remembered, for a checkpoint; the learning rates are not in it. */
  public Map<String, Double> state() {
    return Map.of("best", best, "num_bad_epochs", (double) bad, "cooldown", (double) cooling);
  }

  /** Takes over what {@link #state} has given. */
  public void load(Map<String, Double> state) {
    best = state.getOrDefault("best", best);
    bad = state.getOrDefault("num_bad_epochs", 0.0).intValue();
    cooling = state.getOrDefault("cooldown", 0.0).intValue();
  }
}
