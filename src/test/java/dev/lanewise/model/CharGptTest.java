package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CharGptTest {
  private static final CharGpt.Sizes SMALL = new CharGpt.Sizes(7, 12, 16, 2, 2, 0);

  @Test
  void hasTheSizesOfItsParts() {
    CharGpt gpt = new CharGpt(SMALL, new Generator(1));
    // Embeddings, two blocks of 12 E² + 13 E, the last normalisation, the head.
    assertEquals(
        (7 + 12) * 16 + 2 * (12 * 16 * 16 + 13 * 16) + 2 * 16 + 7 * 16, gpt.parameterCount());
    Tensor logits = gpt.forward(Tensor.ofLongs(new long[10], 2, 5));
    assertEquals(Shape.of(2, 5, 7), logits.shape());
    Tensor tooLong = Tensor.ofLongs(new long[13], 1, 13);
    assertThrows(IllegalArgumentException.class, () -> gpt.forward(tooLong));
  }

  /** A sequence in which the next token follows from the last two, so that one is not enough. */
  @Test
  void learnsWhatDependsOnMoreThanTheLastToken() {
    CharGpt gpt = new CharGpt(SMALL, new Generator(2));
    long[] text = new long[60];
    text[1] = 1;
    for (int i = 2; i < text.length; i++) {
      text[i] = (text[i - 1] + text[i - 2]) % 7;
    }
    Sgd sgd = new Sgd(gpt.parameters(), 0.1f, 0.9f);
    float loss = 0;
    for (int step = 0; step < 250; step++) {
      try (Scope scope = Scope.open()) {
        long[] x = new long[8 * 12];
        long[] y = new long[8 * 12];
        for (int row = 0; row < 8; row++) {
          System.arraycopy(text, (step + row * 5) % 47, x, row * 12, 12);
          System.arraycopy(text, (step + row * 5) % 47 + 1, y, row * 12, 12);
        }
        Tensor value = gpt.loss(Tensor.ofLongs(x, 8, 12), Tensor.ofLongs(y, 8, 12));
        sgd.zeroGrad();
        value.backward();
        sgd.step();
        loss = value.item();
      }
    }
    // The first token of a row has nothing before it: ln 7 / 12 at least on average.
    float last = loss;
    assertTrue(last < 0.5f, () -> "loss " + last);
    long[] prompt = java.util.Arrays.copyOf(text, 10);
    assertArrayEquals(
        java.util.Arrays.copyOf(text, 14), gpt.generate(prompt, 4, 0, new Generator(3)));
    assertEquals(20, gpt.generate(prompt, 10, 1, new Generator(3)).length);
  }
}
