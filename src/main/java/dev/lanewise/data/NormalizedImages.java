package dev.lanewise.data;

import dev.lanewise.tensor.Shape;

/** The images of a set as numbers, computed by table whenever a sample is read. */
final class NormalizedImages implements Samples {
  private final ImageSet images;
  private final float[][] tables;
  private final int area;

  NormalizedImages(ImageSet images, Normalization normalization) {
    if (normalization.mean().size() != images.channels()) {
      throw new IllegalArgumentException(
          "The set %s has %d channels, the normalisation %d."
              .formatted(images.name(), images.channels(), normalization.mean().size()));
    }
    this.images = images;
    this.area = images.height() * images.width();
    this.tables = new float[images.channels()][];
    for (int c = 0; c < tables.length; c++) {
      tables[c] = normalization.table(c);
    }
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public Shape shape() {
    return images.shape();
  }

  @Override
  public int classes() {
    return images.classes();
  }

  @Override
  public int label(int index) {
    return images.label(index);
  }

  @Override
  public void read(int index, float[] values, int offset) {
    byte[] pixels = images.pixels();
    int from = index * tables.length * area;
    for (float[] table : tables) {
      for (int p = 0; p < area; p++) {
        values[offset + p] = table[pixels[from + p] & 0xFF];
      }
      from += area;
      offset += area;
    }
  }
}
