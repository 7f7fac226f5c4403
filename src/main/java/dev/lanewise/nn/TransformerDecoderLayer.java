package dev.lanewise.nn;

import dev.lanewise.nn.TransformerEncoderLayer.Settings;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * As {@link TransformerEncoderLayer}, with attention to the outputs of an encoder in between. Names
 * as in PyTorch: {@code self_attn}, {@code multihead_attn}, {@code linear1}, {@code linear2},
 * {@code norm1}, {@code norm2}, {@code norm3}.
 */
public final class TransformerDecoderLayer extends Layer {
  private final Settings settings;
  private final MultiheadAttention selfAttention;
  private final MultiheadAttention crossAttention;
  private final Linear linear1;
  private final Linear linear2;
  private final Layer norm1;
  private final Layer norm2;
  private final Layer norm3;
  private final Dropout dropout;

  /** With fresh parameters. */
  public TransformerDecoderLayer(Settings settings, Generator random) {
    this.settings = settings;
    int embed = settings.embed();
    int heads = settings.heads();
    float p = settings.dropout();
    selfAttention = child("self_attn", new MultiheadAttention(embed, heads, true, p, random));
    crossAttention = child("multihead_attn", new MultiheadAttention(embed, heads, true, p, random));
    linear1 = child("linear1", new Linear(embed, settings.feedForward(), random));
    linear2 = child("linear2", new Linear(settings.feedForward(), embed, random));
    norm1 = child("norm1", new LayerNorm(embed));
    norm2 = child("norm2", new LayerNorm(embed));
    norm3 = child("norm3", new LayerNorm(embed));
    dropout = child("dropout", new Dropout(p, random));
  }

  /**
   * Has no meaning: a decoder needs the outputs of an encoder.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public Tensor forward(Tensor x) {
    throw new UnsupportedOperationException(
        "TransformerDecoderLayer: call forward with the memory that an encoder gave.");
  }

  /** Causal in the target, and each of its steps sees the whole memory. */
  public Tensor forward(Tensor target, Tensor memory) {
    return forward(target, memory, null, null, true);
  }

  /**
   * Computes the output [N, T, E].
   *
   * @param target [N, T, E]
   * @param memory [N, S, E]
   * @param targetMask for the attention of the target to itself, or null
   * @param memoryMask for its attention to the memory, or null
   * @param causal whether a step of the target sees itself and earlier ones only
   */
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
    Tensor x = target;
    if (settings.normFirst()) {
      Tensor own = norm1.call(x);
      x = x.add(dropout.call(selfAttention.forward(own, own, own, targetMask, causal)));
      Tensor query = norm2.call(x);
      x = x.add(dropout.call(crossAttention.forward(query, memory, memory, memoryMask, false)));
      return x.add(feedForward(norm3.call(x)));
    }
    x = norm1.call(x.add(dropout.call(selfAttention.forward(x, x, x, targetMask, causal))));
    x =
        norm2.call(
            x.add(dropout.call(crossAttention.forward(x, memory, memory, memoryMask, false))));
    return norm3.call(x.add(feedForward(x)));
  }

  private Tensor feedForward(Tensor x) {
    Tensor inner = settings.activation().apply(linear1.call(x));
    return dropout.call(linear2.call(dropout.call(inner)));
  }

  @Override
  protected String attributes() {
    return settings.embed() + ", heads " + settings.heads();
  }
}
