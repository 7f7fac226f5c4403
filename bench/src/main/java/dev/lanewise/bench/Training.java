package dev.lanewise.bench;

/** One side's way to train the network of a {@link Workload}. */
interface Training {
  /** Puts the first weights back and forgets the momentum. */
  void reset();

  /**
   * One whole step on the batch: forward, mean cross-entropy, zeroed gradients, backward, SGD with
   * momentum.
   *
   * @return the loss before the step, as a training loop reads it
   */
  float step();
}
