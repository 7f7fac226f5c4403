package dev.lanewise.bench;

import java.util.List;

/** One layer of a {@link Network}. */
sealed interface Stage {
  record Linear(int inputs, int outputs, boolean bias) implements Stage {
    /** With a bias. */
    Linear(int inputs, int outputs) {
      this(inputs, outputs, true);
    }
  }

  /**
   * A square kernel; the padding is that on each border. Without bias where a norm follows.
   *
   * @param groups as many as inputs where each channel is by itself
   */
  record Conv2d(
      int inputs, int outputs, int kernel, int stride, int padding, int groups, boolean bias)
      implements Stage {
    /** Where every output sees every input. */
    Conv2d(int inputs, int outputs, int kernel, int stride, int padding, boolean bias) {
      this(inputs, outputs, kernel, stride, padding, 1, bias);
    }
  }

  /** Over the batch, in training; momentum 0.1, ε 1e-5. */
  record BatchNorm2d(int channels) implements Stage {}

  record Relu() implements Stage {}

  /** min(max(x, 0), 6). */
  record Relu6() implements Stage {}

  /** Square windows. */
  record MaxPool2d(int size, int stride) implements Stage {}

  /** The mean over all pixels. */
  record GlobalAvgPool2d() implements Stage {}

  record Flatten() implements Stage {}

  /**
   * A colour image as tokens, one for each square patch, behind one that learns the class, with
   * positions added: [N, 3, image, image] to [N, tokens, embed].
   */
  record Tokens(int image, int patch, int embed) implements Stage {
    int tokens() {
      return image / patch * (image / patch) + 1;
    }
  }

  /** Numbers of tokens as vectors: [N, tokens] to [N, tokens, embed]. */
  record Embedding(int vocabulary, int embed) implements Stage {}

  /** A recurrent layer with both biases: [N, tokens, inputs] to [N, tokens, hidden]. */
  record Recurrent(Kind kind, int inputs, int hidden) implements Stage {
    /** What is computed at each token. */
    enum Kind {
      LSTM,
      GRU;

      /** How many times the hidden size the weights have rows. */
      int gates() {
        return this == LSTM ? 4 : 3;
      }
    }
  }

  /** Numbers of tokens and their positions as vectors: [N, tokens] to [N, tokens, embed]. */
  record Embeddings(int vocabulary, int tokens, int embed) implements Stage {}

  /**
   * Of a transformer: attention, and two linear layers around a GELU, each behind a norm, inside a
   * residual.
   */
  record EncoderLayer(int tokens, int embed, int heads, int feedForward) implements Stage {}

  /**
   * The same where a token sees itself and those before it. Norms come last among its weights, as
   * in PyTorch's {@code TransformerEncoderLayer}.
   */
  record CausalLayer(int tokens, int embed, int heads, int feedForward) implements Stage {}

  /** Over the last dimension; ε 1e-5. */
  record LayerNorm(int size) implements Stage {}

  /** [N, tokens, embed] to [N, embed]. */
  record FirstToken() implements Stage {}

  /** [N, tokens, embed] to [N tokens, embed]. */
  record EachToken() implements Stage {}

  /** body(x) + shortcut(x); an empty shortcut is x itself. */
  record Residual(List<Stage> body, List<Stage> shortcut) implements Stage {}
}
