package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.vector.Lanes;

/**
 * The sizes of a two-dimensional convolution (cross-correlation). Input [N, C, H, W], weight [K,
 * C/groups, R, S], output [N, K, OH, OW].
 *
 * @param N images
 * @param C input channels
 * @param H input rows
 * @param W input columns
 * @param K output channels
 * @param R rows of the weight
 * @param S columns of the weight
 * @param strideH rows from one output to the next
 * @param strideW columns from one output to the next
 * @param padH rows of zeros above and below
 * @param padW columns of zeros left and right
 * @param dilationH rows from one tap of the weight to the next
 * @param dilationW columns from one tap of the weight to the next
 * @param groups how many independent convolutions the channels are divided into
 */
public record Conv2dDims(
    int N,
    int C,
    int H,
    int W,
    int K,
    int R,
    int S,
    int strideH,
    int strideW,
    int padH,
    int padW,
    int dilationH,
    int dilationW,
    int groups) {

  /** Output rows. */
  public int OH() {
    return (H + 2 * padH - dilationH * (R - 1) - 1) / strideH + 1;
  }

  /** Output columns. */
  public int OW() {
    return (W + 2 * padW - dilationW * (S - 1) - 1) / strideW + 1;
  }

  /** Input channels a group. */
  public int groupC() {
    return C / groups;
  }

  /** Output channels a group. */
  public int groupK() {
    return K / groups;
  }

  /** Blocks of L images. */
  int blocks() {
    return (N + Lanes.L - 1) / Lanes.L;
  }

  /** Columns of the padded input. */
  int paddedW() {
    return W + 2 * padW;
  }

  /** Multiply-adds of one pass. */
  long multiplyAdds() {
    return (long) N * K * OH() * OW() * groupC() * R * S;
  }
}
