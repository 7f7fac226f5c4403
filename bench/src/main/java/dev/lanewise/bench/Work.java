package dev.lanewise.bench;

/** What one side does for a case, ready to run: data are made, memory formats chosen. */
interface Work {
  /** What is timed. */
  void run();

  /** What it computes; compared between the sides before anything is timed. */
  float[] result();

  /** Before each timed iteration. */
  default void reset() {}

  /** What was chosen among several ways, for example a memory layout; empty for nothing. */
  default String note() {
    return "";
  }
}
