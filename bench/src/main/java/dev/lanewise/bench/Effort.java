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
   * Warm-up ends when nothing has become faster for so many seconds: the compiler takes a while,
   * and for a second after it has compiled a kernel, Lanewise leaves it one of two processors. A
   * step of AlexNet takes a third of a second and becomes faster during forty of them; with two
   * seconds here, its figure was half of the true one.
   */
  double calm(Side side, Case what) {
    boolean compiled = side == Side.LANEWISE;
    return what instanceof TrainStep
        ? warmup * (compiled ? 1.4 : 0.3)
        : Math.min(warmup, compiled ? 1.3 : 0.15);
  }

  double longest(Case what) {
    return what instanceof TrainStep ? 5 * warmup : warmup;
  }
}
