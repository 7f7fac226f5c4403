package dev.lanewise.bench;

/**
 * How long each case is run in each process.
 *
 * @param warmup seconds of warm-up at most
 * @param iterations measured iterations, of which the median counts
 * @param milliseconds length of an iteration; training steps get ten times as much
 */
record Effort(double warmup, int iterations, int milliseconds) {
  private static final int TRAINING = 10;

  int milliseconds(Case what) {
    return what instanceof TrainStep ? milliseconds * TRAINING : milliseconds;
  }

  /**
   * Warm-up ends when nothing has become faster for so many seconds: the compiler takes a while.
   */
  double calm(Side side, Case what) {
    double compiler = side == Side.LANEWISE ? 0.7 : 0.15;
    return Math.min(warmup, what instanceof TrainStep ? 2 * compiler : compiler);
  }

  double longest(Case what) {
    return what instanceof TrainStep ? 3 * warmup : warmup;
  }
}
