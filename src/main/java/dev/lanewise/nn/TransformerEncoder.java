package dev.lanewise.nn;

import dev.lanewise.nn.TransformerEncoderLayer.Settings;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Encoder layers one after the other, named {@code layers.0}, {@code layers.1}, …, and a last
 * normalisation {@code norm} where each layer has its own in front.
 */
public final class TransformerEncoder extends Layer {
  private final LayerList<TransformerEncoderLayer> layers = new LayerList<>();
  private final @Nullable Layer norm;

  /** {@code count} layers with fresh parameters each. */
  public TransformerEncoder(int count, Settings settings, Generator random) {
    for (int i = 0; i < count; i++) {
      layers.add(new TransformerEncoderLayer(settings, random));
    }
    child("layers", layers);
    norm = settings.normFirst() ? child("norm", new LayerNorm(settings.embed())) : null;
  }

  /** Every step sees all steps. */
  @Override
  public Tensor forward(Tensor x) {
    return compute(x, null, false);
  }

  /**
   * With a mask.
   *
   * @param mask as in {@link MultiheadAttention}, or null
   * @param causal whether a step sees itself and earlier ones only
   */
  public Tensor forward(Tensor x, @Nullable Tensor mask, boolean causal) {
    return call(x, taken -> compute(taken, mask, causal));
  }

  private Tensor compute(Tensor x, @Nullable Tensor mask, boolean causal) {
    Tensor y = x;
    for (TransformerEncoderLayer layer : layers) {
      y = layer.forward(y, mask, causal);
    }
    return norm == null ? y : norm.call(y);
  }
}
