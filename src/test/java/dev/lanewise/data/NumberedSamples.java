package dev.lanewise.data;

import dev.lanewise.tensor.Shape;

/** Sample i has the values i, -i and the label i modulo 10. */
record NumberedSamples(int size) implements Samples {
  @Override
  public Shape shape() {
    return Shape.of(1, 1, 2);
  }

  @Override
  public int classes() {
    return 10;
  }

  @Override
  public int label(int index) {
    return index % 10;
  }

  @Override
  public void read(int index, float[] values, int offset) {
    values[offset] = index;
    values[offset + 1] = -index;
  }
}
