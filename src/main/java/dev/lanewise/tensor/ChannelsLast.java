package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.StridedCopy;

/**
 * Images [N, C, H, W] that lie as [N][H][W][C]. To users they are plain tensors with such strides,
 * as a permuted view has them, so whatever knows nothing of it is right, too.
 */
final class ChannelsLast {
  private ChannelsLast() {}

  /** The strides of [N, C, H, W] when the channels of a pixel are side by side. */
  static long[] strides(Shape shape) {
    long c = shape.dim(1);
    long row = shape.dim(3) * c;
    return new long[] {shape.dim(2) * row, 1, row, c};
  }

  /** Whether images with these strides lie so; where a dimension is 1 any stride will do. */
  static boolean matches(Shape shape, long[] strides) {
    long[] expected = strides(shape);
    for (int i = 0; i < expected.length; i++) {
      if (shape.dim(i) != 1 && strides[i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  /** These images, copied to lie so. */
  static Tensor copy(Tensor x) {
    Tensor plain = x.layout() == Layout.PLAIN ? x : x.contiguous();
    Shape shape = x.shape();
    Tensor y = Tensor.makeChannelsLast(shape, "reorder");
    long[] s = plain.strides();
    long[] strides = {s[0], s[2], s[3], s[1]};
    int[] dims = {shape.dim(0), shape.dim(2), shape.dim(3), shape.dim(1)};
    StridedCopy.copy(plain, strides, dims, y, x.dtype().bytes());
    x.release(plain);
    return y;
  }
}
