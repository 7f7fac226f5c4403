package dev.lanewise.nn;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Attention in several heads, each on a contiguous piece of the embedding (Vaswani et al.,
 * <i>Attention Is All You Need</i>, 2017): [N, T, E] to [N, T, E]. Parameters as in PyTorch: {@code
 * in_proj_weight} [3 E, E] with the rows of query, key and value in this order, {@code
 * in_proj_bias}, {@code out_proj.weight}, {@code out_proj.bias}. Sequences are always batch first.
 */
public final class MultiheadAttention extends Layer {
  private final int embed;
  private final int heads;
  private final float dropout;
  private final Generator random;
  private final Tensor inputWeight;
  private final @Nullable Tensor inputBias;
  private final Linear output;

  /** With biases, without dropout. */
  public MultiheadAttention(int embed, int heads, Generator random) {
    this(embed, heads, true, 0, random);
  }

  /**
   * Initialised as PyTorch does: Xavier uniform projections of the input, biases of zero.
   *
   * @param dropout probability for the attention weights, in training
   * @throws IllegalArgumentException when the heads do not divide the embedding
   */
  public MultiheadAttention(int embed, int heads, boolean bias, float dropout, Generator random) {
    if (embed < 1 || heads < 1 || embed % heads != 0) {
      throw new IllegalArgumentException(
          "MultiheadAttention: " + heads + " heads do not divide an embedding of " + embed + ".");
    }
    this.embed = embed;
    this.heads = heads;
    this.dropout = dropout;
    this.random = random;
    inputWeight =
        parameter(
            "in_proj_weight",
            Init.xavierUniform(Tensor.uninitialized(3 * embed, embed), 1, random));
    inputBias = bias ? parameter("in_proj_bias", Tensor.zeros(3 * embed)) : null;
    output = child("out_proj", new Linear(embed, embed, bias, random));
    output.bias().ifPresent(Init::zeros);
  }

  /** Each sequence attends to itself. */
  @Override
  public Tensor forward(Tensor x) {
    return forward(x, x, x, null, false);
  }

  /** Each sequence attends to itself; with {@code causal}, a step sees itself and earlier ones. */
  public Tensor forward(Tensor x, boolean causal) {
    return forward(x, x, x, null, causal);
  }

  /**
   * Attention of queries [N, T, E] to keys and values [N, S, E].
   *
   * @param mask broadcasts to [N, heads, T, S]: numbers that are added to the scores, or truth
   *     values, false to hide a key; or null
   * @param causal whether query i sees the keys 0 to i only
   */
  public Tensor forward(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor mask, boolean causal) {
    Shape shape = query.shape();
    if (shape.rank() != 3 || shape.dim(2) != embed) {
      throw new IllegalArgumentException(
          "MultiheadAttention: sequences [N, T, " + embed + "] are expected, found " + shape + ".");
    }
    boolean drops = training() && dropout > 0;
    if (query == key && key == value && !drops) {
      // One product, of which nothing is copied or cut.
      return output.forward(
          query.linear(inputWeight, inputBias).selfAttention(heads, mask, causal));
    }
    UnaryOperator<Tensor> drop = drops ? p -> p.dropout(dropout, random) : null;
    Tensor q = projected(query, 0);
    float scale = (float) (1 / Math.sqrt((double) embed / heads));
    Tensor y =
        q.scaledDotProductAttention(
            projected(key, 1), projected(value, 2), mask, causal, scale, drop);
    return output.forward(y.transpose(1, 2).reshape(shape.dim(0), -1, embed));
  }

  /**
   * The probabilities of {@link #forward}, [N, heads, T, S].
   *
   * @see #forward(Tensor, Tensor, Tensor, Tensor, boolean)
   */
  public Tensor weights(Tensor query, Tensor key, @Nullable Tensor mask, boolean causal) {
    return projected(query, 0).attentionWeights(projected(key, 1), mask, causal);
  }

  /**
   * Query, key or value of all heads, [N, heads, T, E / heads]. The weight is cut, not the product:
   * the gradient of a slice is a whole tensor, and the weight is the smaller one.
   */
  private Tensor projected(Tensor x, int which) {
    int from = which * embed;
    Tensor bias = inputBias == null ? null : inputBias.slice(0, from, from + embed);
    Tensor y = x.linear(inputWeight.slice(0, from, from + embed), bias);
    return y.unflatten(2, heads, embed / heads).transpose(1, 2);
  }

  @Override
  protected String attributes() {
    return embed + ", heads " + heads;
  }

  @Override
  public String toString() {
    return "MultiheadAttention(" + attributes() + ")";
  }
}
