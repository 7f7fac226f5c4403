package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/**
 * y = (x - mean) / √(variance + ε) weight + bias over the last dimension (Ba, Kiros and Hinton,
 * <i>Layer Normalization</i>, 2016), composed of elementwise operations.
 */
public final class PlainLayerNorm extends Layer {
  private static final float EPSILON = 1e-5f;

  private final Tensor weight;
  private final Tensor bias;

  /** Weight one and bias zero, of this many values. */
  public PlainLayerNorm(int size) {
    weight = parameter("weight", Tensor.ones(size));
    bias = parameter("bias", Tensor.zeros(size));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor centred = x.sub(x.meanKeep(-1));
    Tensor deviation = centred.mul(centred).meanKeep(-1).add(EPSILON).sqrt();
    return centred.div(deviation).mul(weight).add(bias);
  }
}
