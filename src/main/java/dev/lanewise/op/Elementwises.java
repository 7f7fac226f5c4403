package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What elementwise operations share about layouts. */
final class Elementwises {
  private Elementwises() {}

  /** The tensor, contiguous in the given layout. */
  static Tensor as(Tensor x, Layout layout) {
    return layout == Layout.PLAIN ? x.contiguous() : x.lanes();
  }

  /**
   * Whether a result lies as [N][H][W][C] because its input does, in whole vectors of channels;
   * backward rules know batch lanes only.
   */
  static boolean keepsChannelsLast(Node node, Tensor x) {
    return !node.recorded() && x.channelsLast() && x.shape().dim(1) % Lanes.L == 0;
  }

  /** Restores the rule that the lanes beyond the batch are zero: f(0) may not be. */
  static void clearPadding(Tensor y) {
    if (y.layout() == Layout.BATCH_LANES && y.shape().dim(0) % Lanes.L != 0) {
      long vectors = y.size() / y.shape().dim(0);
      Reorder.clearPaddingLanes(y, y.shape().dim(0), vectors);
    }
  }

  /**
   * dx = dy f'(x, y) in one pass over memory, everything in the layout of what was saved.
   *
   * @param node whose backward it is: dx is dy itself where nobody else holds that
   * @param x the input; null where the derivative does not use it
   * @param y the output; null where the derivative does not use it
   */
  static Tensor gradient(Node node, UnaryOp op, @Nullable Tensor x, @Nullable Tensor y, Tensor dy) {
    Layout layout = x != null ? x.layout() : y != null ? y.layout() : dy.layout();
    Tensor g = as(dy, layout);
    Tensor from = x == null ? null : as(x, layout);
    Tensor dx = node.inPlaceOf(g);
    if (dx == null) {
      dx = Tensor.make(dy.shape(), DType.FLOAT32, layout, op.name() + "Gradient");
    }
    Elementwise.unaryGradient(op, from, y, g, dx, layout.elements(dy.shape()));
    clearPadding(dx);
    return dx;
  }

  /** Refuses what is not so many bytes one behind the other: what a forward has written. */
  static void requireBytes(String who, Tensor x, long bytes) {
    if (x.size() != bytes || !x.isContiguous()) {
      throw new IllegalArgumentException(
          who + ": expected " + bytes + " contiguous elements of UINT8, found " + x);
    }
  }
}
