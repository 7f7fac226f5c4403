package dev.lanewise.bench;

import dev.lanewise.cli.WarmUp;

/**
 * How long each case is run in each process.
 *
 * @param warmup seconds of warm-up at most
 * @param iterations measured iterations, of which the median counts
 * @param milliseconds length of an iteration; networks get ten times as much
 */
record Effort(double warmup, int iterations, int milliseconds) {
  private static final int NETWORKS = 10;

  int milliseconds(Case what) {
    return what.alone() ? milliseconds * NETWORKS : milliseconds;
  }

  /**
   * Warm-up ends when for so many seconds nothing has become faster and the compiler has taken less
   * than a hundredth of the time (see {@link WarmUp}). Peers have no compiler to wait for but for
   * the few methods that call them.
   */
  double calm(Side side, Case what) {
    boolean compiled = side == Side.LANEWISE;
    return what.alone()
        ? warmup * (compiled ? 0.75 : 0.3)
        : Math.min(warmup, compiled ? 1.3 : 0.15);
  }

  double longest(Side side, Case what) {
    return what.alone() ? warmup * (side == Side.LANEWISE ? 6 : 1.5) : warmup;
  }
}
