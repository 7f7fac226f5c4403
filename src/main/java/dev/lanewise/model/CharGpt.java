package dev.lanewise.model;

import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.TransformerEncoder;
import dev.lanewise.nn.TransformerEncoderLayer;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;

/**
 * A small language model in the manner of Radford et al., <i>Language Models are Unsupervised
 * Multitask Learners</i> (2019): tokens and positions are embedded, causal transformer layers with
 * the normalisation in front see all tokens before, and a linear layer gives the logits of the next
 * one. INT64 tokens [N, T] to logits [N, T, vocabulary].
 */
public final class CharGpt extends Layer {
  /**
   * Sizes of a network.
   *
   * @param vocabulary how many different tokens there are
   * @param context the most tokens that are seen
   * @param embed length of an embedding
   */
  public record Sizes(
      int vocabulary, int context, int embed, int layers, int heads, float dropout) {
    /** Four layers of four heads on 128 values, and 128 tokens of context. */
    public static Sizes small(int vocabulary) {
      return new Sizes(vocabulary, 128, 128, 4, 4, 0.1f);
    }
  }

  private final Sizes sizes;
  private final Embedding tokens;
  private final Embedding positions;
  private final TransformerEncoder blocks;
  private final Linear head;

  /** With fresh parameters: embeddings normal with deviation 0.02. */
  public CharGpt(Sizes sizes, Generator random) {
    this.sizes = sizes;
    int embed = sizes.embed;
    tokens = child("wte", new Embedding(sizes.vocabulary, embed, random));
    positions = child("wpe", new Embedding(sizes.context, embed, random));
    blocks =
        child(
            "h",
            new TransformerEncoder(
                sizes.layers,
                new TransformerEncoderLayer.Settings(
                    embed, sizes.heads, 4 * embed, sizes.dropout, Tensor::gelu, true),
                random));
    head = child("lm_head", new Linear(embed, sizes.vocabulary, false, random));
    Init.normal(tokens.weight(), 0, 0.02, random);
    Init.normal(positions.weight(), 0, 0.02, random);
    Init.normal(head.weight(), 0, 0.02, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.shape().rank() != 2 || x.shape().dim(1) > sizes.context) {
      throw new IllegalArgumentException(
          "CharGpt: tokens [N, T] with T up to "
              + sizes.context
              + " are expected, found "
              + x.shape());
    }
    long[] places = new long[x.shape().dim(1)];
    Arrays.setAll(places, i -> i);
    Tensor y = tokens.call(x).add(positions.call(Tensor.ofLongs(places, places.length)));
    return head.call(blocks.forward(y, null, true));
  }

  /** The mean cross-entropy of the next tokens: logits of x [N, T] against targets [N, T]. */
  public Tensor loss(Tensor x, Tensor targets) {
    return call(x).reshape(-1, sizes.vocabulary).crossEntropy(targets.reshape(-1));
  }

  /**
   * Continues a text, drawing each token from the model's probabilities.
   *
   * @param prompt at least one token
   * @param count how many tokens to add
   * @param temperature divides the logits; below 1 the likely tokens become likelier, 0 takes the
   *     likeliest
   * @return the prompt and what follows
   */
  public long[] generate(long[] prompt, int count, float temperature, Generator random) {
    if (prompt.length == 0 || !(temperature >= 0)) {
      throw new IllegalArgumentException(
          "generate: a prompt and a temperature from 0 on are expected, found "
              + prompt.length
              + " tokens and "
              + temperature);
    }
    long[] text = Arrays.copyOf(prompt, prompt.length + count);
    boolean before = training();
    train(false);
    float[] chance = random.uniformValues(Math.max(1, count), 0, 1);
    try (Tape.Pause pause = Tape.noGrad()) {
      for (int i = prompt.length; i < text.length; i++) {
        try (Scope scope = Scope.open()) {
          long[] seen = Arrays.copyOfRange(text, Math.max(0, i - sizes.context), i);
          Tensor logits = forward(Tensor.ofLongs(seen, 1, seen.length)).select(1, seen.length - 1);
          text[i] =
              temperature == 0
                  ? logits.argmax(1).toLongArray()[0]
                  : drawn(logits.div(temperature).softmax(1).toArray(), chance[i - prompt.length]);
        }
      }
    } finally {
      train(before);
    }
    return text;
  }

  private static int drawn(float[] probabilities, float chance) {
    double sum = 0;
    for (int i = 0; i < probabilities.length; i++) {
      sum += probabilities[i];
      if (chance < sum) {
        return i;
      }
    }
    return probabilities.length - 1;
  }
}
