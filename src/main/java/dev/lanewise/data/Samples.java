package dev.lanewise.data;

import dev.lanewise.tensor.Shape;

/**
 * Numbered samples with labels: what a {@link BatchLoader} takes batches from. Implementations are
 * built on each other (images, their normalisation, a part of them) and copy nothing until a batch
 * is filled. Reading is safe from any thread.
 */
public interface Samples {
  /** The number of samples. */
  int size();

  /** The shape of one sample, such as [C, H, W]. */
  Shape shape();

  /** The number of classes; labels are below it. */
  int classes();

  /** The class of a sample. */
  int label(int index);

  /** Writes the values of a sample, in row-major order, from {@code offset} on. */
  void read(int index, float[] values, int offset);
}
