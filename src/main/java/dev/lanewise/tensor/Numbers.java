package dev.lanewise.tensor;

import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;

/**
 * Tensors of one dimension whose elements a function gives. They are written piece by piece, so
 * what they need is the pool's memory, whose limit answers for itself, and not as much of the heap.
 */
final class Numbers {
  private static final int PIECE = 1 << 16;

  private Numbers() {}

  /** INT64 [n]. */
  static Tensor longs(int n, IntToLongFunction element) {
    Tensor y = Tensor.make(Shape.of(n), DType.INT64, Layout.PLAIN, "indices");
    for (int start = 0; start < n; start += Math.min(PIECE, n - start)) {
      long[] piece = new long[Math.min(PIECE, n - start)];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = element.applyAsLong(start + i);
      }
      y.slice(0, start, start + piece.length).copyFrom(piece);
    }
    return y;
  }

  /** FLOAT32 [n]. */
  static Tensor floats(int n, IntToDoubleFunction element) {
    Tensor y = Tensor.uninitialized(n);
    for (int start = 0; start < n; start += Math.min(PIECE, n - start)) {
      float[] piece = new float[Math.min(PIECE, n - start)];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = (float) element.applyAsDouble(start + i);
      }
      y.slice(0, start, start + piece.length).copyFrom(piece);
    }
    return y;
  }
}
