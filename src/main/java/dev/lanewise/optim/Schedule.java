package dev.lanewise.optim;

/** How the learning rate goes over a training. */
public enum Schedule {
  /** It stays as it is. */
  CONSTANT {
    @Override
    public double factor(long step, long steps) {
      return 1;
    }
  },
  /**
   * It falls to 0 along half a cosine (Loshchilov and Hutter, <i>SGDR: Stochastic Gradient Descent
   * with Warm Restarts</i>, 2017, without the restarts).
   */
  COSINE {
    @Override
    public double factor(long step, long steps) {
      return (1 + StrictMath.cos(Math.PI * step / steps)) / 2;
    }
  };

  /**
   * What the learning rate of the start is multiplied by.
   *
   * @param step counted from 0
   * @param steps of the whole training
   */
  public abstract double factor(long step, long steps);
}
