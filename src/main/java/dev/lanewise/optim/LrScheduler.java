package dev.lanewise.optim;

import java.util.List;

/** Applies a schedule to an optimiser: to each of its groups from the learning rate it had. */
public final class LrScheduler {
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final long steps;
  private final double[] bases;
  private final double[] momenta;
  private long step;

  /**
   * Sets the learning rate of step 0.
   *
   * @param steps of the whole training, for schedules that span it
   */
  public LrScheduler(Optimizer optimizer, Schedule schedule, long steps) {
    this.optimizer = optimizer;
    this.schedule = schedule;
    this.steps = steps;
    List<ParameterGroup> groups = optimizer.groups();
    bases = groups.stream().mapToDouble(ParameterGroup::lr).toArray();
    momenta = groups.stream().mapToDouble(g -> momentum(g)).toArray();
    at(0);
  }

  private static double momentum(ParameterGroup group) {
    String keyword = keyword(group);
    return keyword.isEmpty() ? Double.NaN : group.options().get(keyword);
  }

  private static String keyword(ParameterGroup group) {
    return group.options().has("momentum")
        ? "momentum"
        : group.options().has("beta1") ? "beta1" : "";
  }

  /** Goes on to the next step; to be called after that of the optimiser. */
  public void step() {
    at(step + 1);
  }

  /** Goes to any step, as a resumed training does. */
  public void at(long newStep) {
    step = newStep;
    for (int i = 0; i < bases.length; i++) {
      ParameterGroup group = optimizer.groups().get(i);
      group.set("lr", schedule.lr(bases[i], step, steps));
      double momentum = schedule.momentum(step, steps);
      if (!Double.isNaN(momentum) && !Double.isNaN(momenta[i])) {
        group.set(keyword(group), momentum);
      }
    }
  }

  /** Gives the optimiser back the learning rates and momenta it had. */
  public void restore() {
    for (int i = 0; i < bases.length; i++) {
      ParameterGroup group = optimizer.groups().get(i);
      group.set("lr", bases[i]);
      if (!Double.isNaN(momenta[i])) {
        group.set(keyword(group), momenta[i]);
      }
    }
  }
}
