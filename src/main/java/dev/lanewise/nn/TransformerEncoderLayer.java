package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention and a network of two linear layers, each with a residual and a normalisation
 * (Vaswani et al., <i>Attention Is All You Need</i>, 2017): [N, T, E] to [N, T, E]. Names as in
 * PyTorch: {@code self_attn}, {@code linear1}, {@code linear2}, {@code norm1}, {@code norm2}.
 */
public final class TransformerEncoderLayer extends Layer {
  /**
   * The form of a transformer's layers.
   *
   * @param embed E
   * @param heads of the attention; they divide E
   * @param feedForward values between the two linear layers
   * @param dropout probability of all dropouts, in training
   * @param activation between the two linear layers
   * @param normFirst whether the normalisation stands before attention and network, inside the
   *     residual (Xiong et al., <i>On Layer Normalization in the Transformer Architecture</i>,
   *     2020), or after the sum
   */
  public record Settings(
      int embed,
      int heads,
      int feedForward,
      float dropout,
      UnaryOperator<Tensor> activation,
      boolean normFirst) {
    public Settings {
      Objects.requireNonNull(activation, "activation");
    }

    /** ReLU, dropout 0.1, normalisation after the sum: PyTorch's defaults. */
    public static Settings of(int embed, int heads, int feedForward) {
      return new Settings(embed, heads, feedForward, 0.1f, Tensor::relu, false);
    }
  }

  private final Settings settings;
  private final MultiheadAttention attention;
  private final Linear linear1;
  private final Linear linear2;
  private final Layer norm1;
  private final Layer norm2;
  private final Dropout dropout;

  /** With fresh parameters. */
  public TransformerEncoderLayer(Settings settings, Generator random) {
    this.settings = settings;
    int embed = settings.embed;
    attention =
        child(
            "self_attn",
            new MultiheadAttention(embed, settings.heads, true, settings.dropout, random));
    linear1 = child("linear1", new Linear(embed, settings.feedForward, random));
    linear2 = child("linear2", new Linear(settings.feedForward, embed, random));
    norm1 = child("norm1", new LayerNorm(embed));
    norm2 = child("norm2", new LayerNorm(embed));
    dropout = child("dropout", new Dropout(settings.dropout, random));
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
    if (settings.normFirst) {
      Tensor y = x.add(attend(norm1.call(x), mask, causal));
      return y.add(feedForward(norm2.call(y)));
    }
    Tensor y = norm1.call(x.add(attend(x, mask, causal)));
    return norm2.call(y.add(feedForward(y)));
  }

  private Tensor attend(Tensor x, @Nullable Tensor mask, boolean causal) {
    return dropout.call(attention.forward(x, x, x, mask, causal));
  }

  private Tensor feedForward(Tensor x) {
    Tensor inner = settings.activation.apply(linear1.call(x));
    return dropout.call(linear2.call(dropout.call(inner)));
  }

  @Override
  protected String attributes() {
    return settings.embed + ", heads " + settings.heads;
  }
}
