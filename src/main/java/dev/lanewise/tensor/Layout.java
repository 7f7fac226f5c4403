package dev.lanewise.tensor;

import dev.lanewise.kernel.vector.Lanes;

/** How the elements of a tensor lie in memory; users only ever see logical shapes. */
public enum Layout {
  /** Row-major, or a strided view of something row-major. */
  PLAIN,
  /**
   * Images with the vector lanes over the batch: {@code [ceil(N/L)][H][W][C][L]}, L lanes of the
   * preferred vector; rows of features are images of one pixel. Whatever the number of channels, a
   * kernel then works on whole vectors; the lanes beyond N in the last block are always zero.
   */
  BATCH_LANES;

  /** The number of elements, padding included, that a tensor of this shape occupies. */
  public long elements(Shape shape) {
    if (this == PLAIN || shape.size() == 0) {
      return shape.size();
    }
    long n = shape.dim(0);
    return shape.size() / n * ((n + Lanes.L - 1) / Lanes.L * Lanes.L);
  }
}
