package dev.lanewise.nn;

import dev.lanewise.nn.TransformerEncoderLayer.Settings;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Decoder layers one after the other, named {@code layers.0}, {@code layers.1}, …, and a last
 * normalisation {@code norm} where each layer has its own in front. Called with the target [N, T,
 * E] and the memory [N, S, E] that an encoder gave.
 */
public final class TransformerDecoder extends PairLayer {
  private final LayerList<TransformerDecoderLayer> layers = new LayerList<>();
  private final @Nullable Layer norm;

  /** {@code count} layers with fresh parameters each. */
  public TransformerDecoder(int count, Settings settings, Generator random) {
    for (int i = 0; i < count; i++) {
      layers.add(new TransformerDecoderLayer(settings, random));
    }
    child("layers", layers);
    norm = settings.normFirst() ? child("norm", new LayerNorm(settings.embed())) : null;
  }

  /** Causal in the target, and each of its steps sees the whole memory. */
  @Override
  public Tensor forward(Tensor target, Tensor memory) {
    return compute(target, memory, null, null, true);
  }

  /** With masks, as {@link TransformerDecoderLayer} takes them. */
  public Tensor forward(
      Tensor target,
      Tensor memory,
      @Nullable Tensor targetMask,
      @Nullable Tensor memoryMask,
      boolean causal) {
    return call(target, x -> compute(x, memory, targetMask, memoryMask, causal));
  }

  private Tensor compute(
      Tensor target,
      Tensor memory,
      @Nullable Tensor targetMask,
      @Nullable Tensor memoryMask,
      boolean causal) {
    Tensor y = target;
    for (TransformerDecoderLayer layer : layers) {
      y = layer.forward(y, memory, targetMask, memoryMask, causal);
    }
    return norm == null ? y : norm.call(y);
  }
}
