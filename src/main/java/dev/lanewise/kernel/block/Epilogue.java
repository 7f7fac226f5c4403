package dev.lanewise.kernel.block;

/** What a block kernel does with a finished sum. */
public enum Epilogue {
  /** C = sum. */
  STORE(false, false, false),
  /** C = C + sum. */
  ACCUMULATE(true, false, false),
  /** C = sum + bias[row]. */
  BIAS(false, true, false),
  /** C = max(sum + bias[row], 0). */
  BIAS_RELU(false, true, true);

  private final boolean readsOutput;
  private final boolean addsBias;
  private final boolean rectifies;

  Epilogue(boolean readsOutput, boolean addsBias, boolean rectifies) {
    this.readsOutput = readsOutput;
    this.addsBias = addsBias;
    this.rectifies = rectifies;
  }

  /** Whether what stands in C before is part of the result. */
  public boolean readsOutput() {
    return readsOutput;
  }

  /** Whether one bias per row is added. */
  public boolean addsBias() {
    return addsBias;
  }

  /** Whether negative results become zero. */
  public boolean rectifies() {
    return rectifies;
  }
}
