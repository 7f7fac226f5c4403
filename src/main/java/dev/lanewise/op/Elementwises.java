package dev.lanewise.op;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.kernel.Reorder;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Tensor;

/** What elementwise operations share about layouts. */
final class Elementwises {
  private Elementwises() {}

  /** The tensor, contiguous in the given layout. */
  static Tensor as(Tensor x, Layout layout) {
    return layout == Layout.PLAIN ? x.contiguous() : x.lanes();
  }

  /** Restores the rule that the lanes beyond the batch are zero: f(0) may not be. */
  static void clearPadding(Tensor y) {
    if (y.layout() == Layout.BATCH_LANES && y.shape().dim(0) % Lanes.L != 0) {
      long vectors = y.size() / y.shape().dim(0);
      Reorder.clearPaddingLanes(y, y.shape().dim(0), vectors);
    }
  }

  static void requireFloat(String who, Tensor x) {
    if (x.dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          who + ": input " + x.shape() + " holds " + x.dtype() + ", expected FLOAT32");
    }
  }
}
