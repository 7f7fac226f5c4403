package dev.lanewise.kernel.norm;

/** What a batch normalisation ends with, in the same pass over memory. */
public enum Rectifier {
  /** The result as it is. */
  NONE(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY),
  /** max(y, 0). */
  RELU(0, Float.POSITIVE_INFINITY),
  /** min(max(y, 0), 6). */
  RELU6(0, 6);

  private final float least;
  private final float most;

  Rectifier(float least, float most) {
    this.least = least;
    this.most = most;
  }

  /** Results are at least this; gradients pass above it. */
  public float least() {
    return least;
  }

  /** Results are at most this; gradients pass below it. */
  public float most() {
    return most;
  }

  /** Whether there is a largest result. */
  public boolean bounded() {
    return most < Float.POSITIVE_INFINITY;
  }
}
