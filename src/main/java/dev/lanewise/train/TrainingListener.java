package dev.lanewise.train;

/** Is told how a training goes, on the thread that trains. */
public interface TrainingListener {
  /** After each step; this is on the fast path. */
  default void onStep(StepResult step) {}

  /** After each epoch and its validation. */
  default void onEpoch(EpochResult epoch) {}

  /** Once, after the last epoch. */
  default void onEnd() {}
}
