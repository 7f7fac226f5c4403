package dev.lanewise.data;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One mini-batch. It belongs to its {@link BatchLoader}, which fills it again: use it until the
 * next one is asked for. The tensors made from it are copies and live as all tensors do.
 */
public final class Batch {
  private final Shape sample;
  private final float[] values;
  private final long[] classes;
  private int size;

  Batch(Shape sample, int capacity) {
    this.sample = sample;
    this.values = new float[Math.toIntExact(Math.multiplyExact(sample.size(), (long) capacity))];
    this.classes = new long[capacity];
  }

  /** The number of samples: the batch size, or less in the last batch of an epoch. */
  public int size() {
    return size;
  }

  /** The values as a fresh tensor [N, sample…]. */
  public Tensor images() {
    Tensor images = Tensor.uninitialized(sample.insert(0, size).toArray());
    return images.copyFrom(MemorySegment.ofArray(values).asSlice(0, images.size() * Float.BYTES));
  }

  /** The classes as a fresh tensor of integers [N]. */
  public Tensor labels() {
    return Tensor.ofLongs(size == classes.length ? classes : Arrays.copyOf(classes, size), size);
  }

  /** The class of one sample of the batch. */
  public int label(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("Sample %d of a batch of %d.".formatted(index, size));
    }
    return (int) classes[index];
  }

  /** Copies the samples that stand in {@code order} from {@code start} on. */
  void fill(Samples samples, int[] order, int start, int count, Change change) {
    int stride = Math.toIntExact(sample.size());
    for (int i = 0; i < count; i++) {
      samples.read(order[start + i], values, i * stride);
      change.apply(values, i * stride, order[start + i]);
      classes[i] = samples.label(order[start + i]);
    }
    size = count;
  }

  /** What is done to a sample after it was read. */
  @FunctionalInterface
  interface Change {
    void apply(float[] values, int offset, int sample);
  }

  /** The buffer behind {@link #images}, for this package. */
  float[] values() {
    return values;
  }
}
