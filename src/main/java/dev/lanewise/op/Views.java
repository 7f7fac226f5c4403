package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.StridedCopy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** What operations share that only look at their input in another way, and their gradients. */
final class Views {
  private Views() {}

  /** Refuses a dimension that is not there; from the end, only the methods of tensors count. */
  static void requireAxis(String who, int axis, Shape x) {
    if (axis < 0 || axis >= x.rank()) {
      throw new IllegalArgumentException(
          who + ": dimension " + axis + " does not exist in shape " + x);
    }
  }

  /** The tensor with strides: itself where it is plain; to be given to {@code release}. */
  static Tensor strided(Tensor x) {
    return x.layout() == Layout.PLAIN ? x : x.contiguous();
  }

  /**
   * A tensor of one value, into which {@code x} is put at the elements that a view would show: the
   * transpose of the view, when the value is 0.
   *
   * @param strides of the view, which reaches no element twice
   * @param offset of its first element
   */
  static Tensor placed(
      String label, Tensor x, Shape whole, long[] strides, long offset, float value) {
    Tensor from = x.contiguous();
    Tensor y = Tensor.make(whole, DType.FLOAT32, Layout.PLAIN, label);
    Elementwise.fill(y, value, whole.size());
    try (Tensor place = y.view(x.shape(), strides, offset)) {
      StridedCopy.scatter(from, place, strides, x.shape().toArray(), 4);
    }
    x.release(from);
    return y;
  }
}
