package dev.lanewise.op;

import dev.lanewise.kernel.pool.Pool2dDims;
import dev.lanewise.tensor.Shape;

/**
 * The window of a pooling, in pixels.
 *
 * @param ceilMode whether a last window may hang over the end
 */
public record Window(
    int kernelH,
    int kernelW,
    int strideH,
    int strideW,
    int paddingH,
    int paddingW,
    int dilationH,
    int dilationW,
    boolean ceilMode) {
  /** The most rows or columns of an image with its padding: all places in it are numbers of int. */
  static final int LONGEST = 1 << 30;

  /** The most elements of a window: maximum pooling numbers them. */
  private static final int MOST_ELEMENTS = 1 << 24;

  /** Checks the attributes. */
  public Window {
    if (kernelH < 1
        || kernelW < 1
        || strideH < 1
        || strideW < 1
        || dilationH < 1
        || dilationW < 1) {
      throw new IllegalArgumentException(
          "pooling: kernel, stride and dilation must be at least 1, found kernel "
              + kernelH
              + "x"
              + kernelW
              + ", stride "
              + strideH
              + "x"
              + strideW
              + ", dilation "
              + dilationH
              + "x"
              + dilationW);
    }
    if ((long) kernelH * kernelW > MOST_ELEMENTS) {
      throw new IllegalArgumentException(
          "pooling: the kernel must have at most 2^24 elements, found " + kernelH + "x" + kernelW);
    }
    if (paddingH < 0 || paddingW < 0 || paddingH > kernelH / 2 || paddingW > kernelW / 2) {
      throw new IllegalArgumentException(
          "pooling: padding must be from 0 to half of the kernel, found "
              + paddingH
              + "x"
              + paddingW
              + " for kernel "
              + kernelH
              + "x"
              + kernelW);
    }
  }

  /** A square window, moved by its own size. */
  public static Window of(int kernel) {
    return of(kernel, kernel);
  }

  /** A square window. */
  public static Window of(int kernel, int stride) {
    return new Window(kernel, kernel, stride, stride, 0, 0, 1, 1, false);
  }

  /** A window of one row, for sequences. */
  public static Window row(int kernel, int stride) {
    return new Window(1, kernel, 1, stride, 0, 0, 1, 1, false);
  }

  /** With this padding on all sides. */
  public Window padding(int padding) {
    return new Window(
        kernelH, kernelW, strideH, strideW, padding, padding, dilationH, dilationW, ceilMode);
  }

  Pool2dDims dims(Shape x) {
    return new Pool2dDims(
        x.dim(0), x.dim(1), x.dim(2), x.dim(3), kernelH, kernelW, strideH, strideW, paddingH,
        paddingW, dilationH, dilationW, ceilMode);
  }

  Shape shape(String who, Shape x) {
    if (x.rank() != 4 || x.size() == 0) {
      throw new IllegalArgumentException(
          who + ": input must be [N, C, H, W] and not empty, found " + x);
    }
    long paddedH = x.dim(2) + 2L * paddingH;
    long paddedW = x.dim(3) + 2L * paddingW;
    if (Math.max(paddedH, paddedW) > LONGEST) {
      throw new IllegalArgumentException(
          who + ": input " + x + " has more than 2^30 rows or columns with its padding");
    }
    Pool2dDims d = dims(x);
    if (d.OH() < 1 || d.OW() < 1) {
      throw new IllegalArgumentException(
          who
              + ": a window of "
              + kernelH
              + "x"
              + kernelW
              + " (dilation "
              + dilationH
              + "x"
              + dilationW
              + ") is larger than the padded input "
              + x);
    }
    return Shape.of(x.dim(0), x.dim(1), d.OH(), d.OW());
  }
}
