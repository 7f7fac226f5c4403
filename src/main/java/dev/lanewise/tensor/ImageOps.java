package dev.lanewise.tensor;

import dev.lanewise.op.Pad;
import dev.lanewise.op.Window;
import java.util.Arrays;

/** Operations on a {@link Tensor}, images: frames, windows as columns, other sizes. */
public abstract sealed class ImageOps extends DiagonalOps permits JoinOps {
  ImageOps() {}

  /**
   * A frame around the last dimensions, with zeros.
   *
   * @param widths as in PyTorch from the last dimension on: before and after the last one, before
   *     and after the last but one, ...; negative widths cut
   */
  public Tensor pad(int... widths) {
    return pad(PadMode.CONSTANT, 0, widths);
  }

  /** A frame around the last dimensions; {@code value} counts for {@link PadMode#CONSTANT} only. */
  public Tensor pad(PadMode mode, float value, int... widths) {
    return Padding.pad(self(), mode, value, widths);
  }

  /** A frame of one value, with its widths for each dimension. */
  public Tensor pad(Pad frame) {
    return Tensor.apply(frame, self());
  }

  /** Depth into space: [.., C r r, H, W] becomes [.., C, H r, W r] (Shi et al., 2016). */
  public Tensor pixelShuffle(int factor) {
    return Images.pixelShuffle(self(), factor);
  }

  /** Space into depth, the inverse of {@link #pixelShuffle}. */
  public Tensor pixelUnshuffle(int factor) {
    return Images.pixelUnshuffle(self(), factor);
  }

  /** The channels of [N, C, ..] in another order: groups are interleaved (Zhang et al., 2018). */
  public Tensor channelShuffle(int groups) {
    return Images.channelShuffle(self(), groups);
  }

  /**
   * Windows of images as columns: [N, C, H, W] becomes [N, C R S, L], L windows of R x S (im2col).
   */
  public Tensor unfold(Window window) {
    return Images.unfold(self(), window);
  }

  /** Adds columns up to images [N, C, height, width]: the transpose of {@link #unfold(Window)}. */
  public Tensor fold(int height, int width, Window window) {
    return Images.fold(self(), height, width, window);
  }

  /**
   * Images [N, C, L] or [N, C, H, W] in another size.
   *
   * @param alignCorners for the linear modes: whether the outer pixels' centres stay where they are
   *     (else the outer edges do)
   * @param sizes the new length, or height and width
   */
  public Tensor interpolate(Interpolation mode, boolean alignCorners, int... sizes) {
    return Images.interpolate(self(), mode, alignCorners, null, sizes);
  }

  /** As {@link #interpolate}, each size times a factor, rounded down. */
  public Tensor upsample(Interpolation mode, boolean alignCorners, double... factors) {
    Shape shape = self().shape();
    int spatial = shape.rank() - 2;
    if (factors.length != 1 && factors.length != spatial) {
      throw new IllegalArgumentException(
          "upsample: one factor, or one for each spatial dimension of shape "
              + shape
              + ", is expected, found "
              + Arrays.toString(factors));
    }
    int[] sizes = new int[Math.max(0, spatial)];
    double[] scales = new double[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      scales[i] = factors[Math.min(i, factors.length - 1)];
      sizes[i] = (int) Math.floor(shape.dim(i + 2) * scales[i]);
    }
    return Images.interpolate(self(), mode, alignCorners, scales, sizes);
  }
}
