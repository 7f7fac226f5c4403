package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;
import java.util.Arrays;

/** One dimension as several: the inverse of {@link Flatten}. */
public final class Unflatten extends Layer {
  private final int dim;
  private final int[] sizes;

  /** Into these sizes, of which one may be -1. */
  public Unflatten(int dim, int... sizes) {
    this.dim = dim;
    this.sizes = sizes.clone();
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.unflatten(dim, sizes);
  }

  @Override
  protected String attributes() {
    return dim + ", " + Arrays.toString(sizes);
  }
}
