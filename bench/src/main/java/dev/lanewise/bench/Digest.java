package dev.lanewise.bench;

/** Few numbers that stand for many. */
final class Digest {
  private static final int SAMPLES = 32;

  private Digest() {}

  /** The root of the mean square, which is the scale of all, then elements from first to last. */
  static float[] of(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    float[] digest = new float[SAMPLES + 1];
    digest[0] = (float) Math.sqrt(squares / values.length);
    for (int i = 0; i < SAMPLES; i++) {
      // In other rows, columns and channels each time.
      digest[i + 1] = values[(int) ((values.length - 1L) * i / (SAMPLES - 1))];
    }
    return digest;
  }

  /** Whether all are equal within a part of the first one. */
  static boolean same(float[] a, float[] b, double tolerance) {
    if (a.length != b.length) {
      return false;
    }
    for (int i = 0; i < a.length; i++) {
      // Not "greater than": a NaN is different, too.
      if (!(Math.abs((double) a[i] - b[i]) <= tolerance * Math.abs(b[0]))) {
        return false;
      }
    }
    return true;
  }
}
