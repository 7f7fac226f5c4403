package dev.lanewise.data;

import dev.lanewise.tensor.Shape;

/** Some samples of a set, in an order of their own: a list of indices, no copy. */
public final class Subset implements Samples {
  private final Samples samples;
  private final int[] indices;

  /**
   * The samples of these indices.
   *
   * @throws IndexOutOfBoundsException when an index is not below the number of samples
   */
  public Subset(Samples samples, int... indices) {
    this.samples = samples;
    this.indices = indices.clone();
    for (int index : indices) {
      if (index < 0 || index >= samples.size()) {
        throw new IndexOutOfBoundsException(
            "Sample %d does not exist; there are %d.".formatted(index, samples.size()));
      }
    }
  }

  /** The number that a sample of this part has in the whole. */
  public int index(int position) {
    return indices[position];
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Shape shape() {
    return samples.shape();
  }

  @Override
  public int classes() {
    return samples.classes();
  }

  @Override
  public int label(int index) {
    return samples.label(indices[index]);
  }

  @Override
  public void read(int index, float[] values, int offset) {
    samples.read(indices[index], values, offset);
  }
}
