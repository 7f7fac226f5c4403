package dev.lanewise.kernel.pool;

import dev.lanewise.kernel.vector.Lanes;

/**
 * The sizes of a two-dimensional pooling. All are in elements (pixels); the output sizes follow the
 * rule of PyTorch.
 *
 * @param N images
 * @param C channels
 * @param H input rows
 * @param W input columns
 * @param kernelH rows of the window
 * @param kernelW columns of the window
 * @param strideH rows from one window to the next
 * @param strideW columns from one window to the next
 * @param padH rows of padding above and below
 * @param padW columns of padding left and right
 * @param dilationH rows from one element of the window to the next
 * @param dilationW columns from one element of the window to the next
 * @param ceilMode whether a last window may hang over the end, when it starts inside the input or
 *     the padding before it
 */
public record Pool2dDims(
    int N,
    int C,
    int H,
    int W,
    int kernelH,
    int kernelW,
    int strideH,
    int strideW,
    int padH,
    int padW,
    int dilationH,
    int dilationW,
    boolean ceilMode) {
  /** Output rows. */
  public int OH() {
    return outputSize(H, kernelH, strideH, padH, dilationH);
  }

  /** Output columns. */
  public int OW() {
    return outputSize(W, kernelW, strideW, padW, dilationW);
  }

  /** Blocks of the batch in the layout of batch lanes. */
  int blocks() {
    return Math.ceilDiv(N, Lanes.L);
  }

  /** Elements of a window. */
  int window() {
    return Math.multiplyExact(kernelH, kernelW);
  }

  /** The first element of a window, along one axis, that does not lie in the padding before. */
  static int firstInside(int start, int dilation) {
    return start >= 0 ? 0 : Math.ceilDiv(-start, dilation);
  }

  /** The first element of a window, along one axis, that lies in the padding behind. */
  static int firstBehind(int start, int kernel, int dilation, int size) {
    // Divisions are slow, and most windows lie inside.
    boolean inside = start + (kernel - 1) * dilation < size;
    return inside ? kernel : Math.ceilDiv(size - start, dilation);
  }

  private int outputSize(int size, int kernel, int stride, int pad, int dilation) {
    long room = size + 2L * pad - dilation * (kernel - 1L) - 1;
    if (room < 0) {
      return 0;
    }
    long windows = (ceilMode ? Math.ceilDiv(room, stride) : room / stride) + 1;
    boolean lastStartsOutside = ceilMode && (windows - 1) * stride >= size + pad;
    return (int) (lastStartsOutside ? windows - 1 : windows);
  }
}
