package dev.lanewise.example;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.List;

/** Matrices written as the lectures print them, and images as the engine takes them. */
final class Matrices {
  private Matrices() {}

  /** A matrix of numbers; rows end with semicolons. */
  static Tensor matrix(String text) {
    String[] rows = text.strip().split("\\s*;\\s*", -1);
    int columns = rows[0].split("\\s+", -1).length;
    float[] values = new float[rows.length * columns];
    for (int i = 0; i < rows.length; i++) {
      String[] row = rows[i].split("\\s+", -1);
      for (int j = 0; j < columns; j++) {
        values[i * columns + j] = Float.parseFloat(row[j]);
      }
    }
    return Tensor.of(values, rows.length, columns);
  }

  /** One image of one channel, [1, 1, H, W]. */
  static Tensor image(Tensor matrix) {
    return matrix.reshape(1, 1, matrix.shape().dim(0), matrix.shape().dim(1));
  }

  /** The matrix of an image of one channel. */
  static Tensor plain(Tensor image) {
    return image.reshape(image.shape().dim(2), image.shape().dim(3));
  }

  /** The correlation of two matrices where the second lies wholly inside the first. */
  static Tensor correlate(Tensor image, Tensor kernel) {
    return plain(image(image).conv2d(image(kernel), null, Conv2d.standard()));
  }

  /** The gradients of a scalar, by the tape. */
  static Tensor[] gradients(Tensor scalar, Tensor... inputs) {
    return Tape.grad(List.of(scalar), List.of(inputs), false);
  }
}
