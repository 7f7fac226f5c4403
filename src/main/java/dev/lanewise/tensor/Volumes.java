package dev.lanewise.tensor;

import dev.lanewise.op.Conv2d;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Volumes [N, C, D, H, W] as stacks of images. */
final class Volumes {
  private Volumes() {}

  /** For each plane of the kernel a convolution of all images that it meets; their sum. */
  static Tensor conv3d(
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      int[] stride,
      int[] padding,
      int[] dilation,
      int groups) {
    Shape w = weight.shape();
    boolean triples = stride.length == 3 && padding.length == 3 && dilation.length == 3;
    if (x.shape().rank() != 5 || w.rank() != 5 || !triples || stride[0] < 1 || dilation[0] < 1) {
      throw new IllegalArgumentException(
          "conv3d: input [N, C, D, H, W], weight [K, C/groups, T, R, S] and three numbers of each"
              + " kind are expected, found input %s, weight %s, stride %s, padding %s, dilation %s"
                  .formatted(
                      x.shape(),
                      w,
                      Arrays.toString(stride),
                      Arrays.toString(padding),
                      Arrays.toString(dilation)));
    }
    Tensor framed = x.pad(PadMode.CONSTANT, 0, 0, 0, 0, 0, padding[0], padding[0]);
    Shape in = framed.shape();
    int reach = dilation[0] * (w.dim(2) - 1);
    if (in.dim(2) <= reach || w.dim(2) == 0) {
      throw new IllegalArgumentException(
          "conv3d: a kernel of " + w + " does not fit into an input of " + x.shape());
    }
    int depth = (in.dim(2) - reach - 1) / stride[0] + 1;
    Conv2d plane =
        new Conv2d(stride[1], stride[2], padding[1], padding[2], dilation[1], dilation[2], groups);
    Tensor sum = null;
    for (int t = 0; t < w.dim(2); t++) {
      int first = t * dilation[0];
      Tensor images =
          framed
              .slice(2, first, first + (depth - 1) * stride[0] + 1, stride[0])
              .transpose(1, 2)
              .reshape(in.dim(0) * depth, in.dim(1), in.dim(3), in.dim(4));
      Tensor part = images.conv2d(weight.select(2, t), t == 0 ? bias : null, plane);
      sum = sum == null ? part : sum.add(part);
    }
    Tensor y = Objects.requireNonNull(sum);
    return y.unflatten(0, in.dim(0), depth).transpose(1, 2);
  }
}
