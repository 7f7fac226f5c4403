package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.op.Recurrence.State;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.GradientCheck;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Embedding, attention, transformer and recurrent layers. */
class SequenceLayersTest {
  private final Generator random = new Generator(21);

  private Tensor normal(int... dims) {
    return random.normal(Shape.of(dims), 0, 1);
  }

  @Test
  void namesAreThoseOfPyTorch() {
    assertEquals(
        List.of("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"),
        List.copyOf(new MultiheadAttention(8, 2, random).parameters().keySet()));
    Recurrent.Options two = Recurrent.Options.standard().layers(2).bidirectional(true);
    LSTM lstm = new LSTM(3, 5, two, random);
    assertEquals(16, lstm.parameters().size());
    assertEquals(Shape.of(20, 10), lstm.parameters().get("weight_ih_l1_reverse").shape());
    assertEquals(
        Set.of("weight_ih", "weight_hh", "bias_ih", "bias_hh"),
        new GRUCell(3, 4, random).parameters().keySet());
    TransformerEncoderLayer.Settings settings = TransformerEncoderLayer.Settings.of(8, 2, 16);
    TransformerEncoder encoder = new TransformerEncoder(2, settings, random);
    assertEquals(
        Shape.of(24, 8), encoder.parameters().get("layers.1.self_attn.in_proj_weight").shape());
    assertEquals(24, encoder.parameters().size());
    assertEquals(18, new TransformerDecoderLayer(settings, random).parameters().size());
  }

  /** A cell step by step gives what the layer gives; the backward direction reads from the end. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void layersRunTheirCells(Kind kind) {
    Recurrent.Options options = Recurrent.Options.standard().bidirectional(true);
    Recurrent layer =
        switch (kind) {
          case TANH, RELU -> new RNN(kind, 3, 4, options, random);
          case LSTM -> new LSTM(3, 4, options, random);
          case GRU -> new GRU(3, 4, options, random);
        };
    Tensor x = normal(2, 5, 3);
    Recurrent.Result result = layer.run(x, null);
    assertEquals(Shape.of(2, 5, 8), result.output().shape());
    assertEquals(Shape.of(2, 2, 4), result.last().hidden().shape());
    for (int direction = 0; direction < 2; direction++) {
      String suffix = "_l0" + (direction == 0 ? "" : "_reverse");
      var p = layer.parameters();
      Recurrent.Weights weights =
          new Recurrent.Weights(
              p.get("weight_ih" + suffix),
              p.get("weight_hh" + suffix),
              p.get("bias_ih" + suffix),
              p.get("bias_hh" + suffix),
              null);
      State state = new State(Tensor.zeros(2, 4), kind.hasCell() ? Tensor.zeros(2, 4) : null);
      for (int i = 0; i < 5; i++) {
        int t = direction == 0 ? i : 4 - i;
        state = weights.step(kind, x.select(1, t), state);
        Tensor found = result.output().select(1, t).narrow(1, 4 * direction, 4);
        assertArrayEquals(state.hidden().toArray(), found.toArray(), 1e-6f);
      }
      assertArrayEquals(
          state.hidden().toArray(), result.last().hidden().select(0, direction).toArray(), 1e-6f);
    }
  }

  @Test
  void recurrentLayersTakeBothOrdersOfDimensions() {
    Recurrent.Options options = Recurrent.Options.standard().layers(2);
    GRU first = new GRU(3, 4, options, new Generator(5));
    GRU second = new GRU(3, 4, options.batchFirst(false), new Generator(5));
    Tensor x = normal(2, 6, 3);
    assertArrayEquals(
        first.forward(x).toArray(),
        second.forward(x.transpose(0, 1)).transpose(0, 1).toArray(),
        1e-6f);
    assertThrows(IllegalArgumentException.class, () -> first.forward(normal(2, 6, 4)));
    assertThrows(IllegalArgumentException.class, () -> first.forward(normal(2, 0, 3)));
    State wrong = new State(Tensor.zeros(1, 2, 4), null);
    assertThrows(IllegalArgumentException.class, () -> first.run(x, wrong));
  }

  /** With a projection that keeps the first values, the outputs are those values. */
  @Test
  void anLstmProjectsItsOutputs() {
    Recurrent.Options options = Recurrent.Options.standard().layers(2).projection(2);
    LSTM lstm = new LSTM(3, 5, options, random);
    var p = lstm.parameters();
    assertEquals(Shape.of(20, 2), p.get("weight_hh_l0").shape());
    assertEquals(Shape.of(20, 2), p.get("weight_ih_l1").shape());
    assertEquals(Shape.of(2, 5), p.get("weight_hr_l1").shape());
    Recurrent.Result result = lstm.run(normal(2, 4, 3), null);
    assertEquals(Shape.of(2, 4, 2), result.output().shape());
    assertEquals(Shape.of(2, 2, 2), result.last().hidden().shape());
    assertEquals(Shape.of(2, 2, 5), result.last().cell().shape());
    LSTM one = new LSTM(3, 5, options.layers(1), random);
    float[] first = {1, 0, 0, 0, 0, 0, 1, 0, 0, 0};
    one.parameters().get("weight_hr_l0").copyFrom(first);
    Recurrent.Result step = one.run(normal(1, 1, 3), null);
    Tensor cell = step.last().cell().tanh().reshape(5);
    // h = σ(o) tanh(c) is between 0 and tanh(c).
    for (int i = 0; i < 2; i++) {
      float share = step.output().reshape(2).select(0, i).item() / cell.select(0, i).item();
      assertEquals(true, share > 0 && share < 1);
    }
    check(x -> lstm.forward(x), 1, 3, 3);
    assertThrows(
        IllegalArgumentException.class,
        () -> new GRU(3, 5, Recurrent.Options.standard().projection(2), random));
    assertThrows(IllegalArgumentException.class, () -> new LSTM(3, 2, options, random));
  }

  @Test
  void derivativesOfBothOrders() {
    LSTM lstm = new LSTM(2, 3, random);
    check(x -> lstm.forward(x), 2, 3, 2);
    MultiheadAttention attention = new MultiheadAttention(4, 2, random);
    check(x -> attention.forward(x, true), 2, 3, 4);
    TransformerEncoderLayer.Settings settings =
        new TransformerEncoderLayer.Settings(4, 2, 6, 0, Tensor::tanh, true);
    TransformerDecoderLayer decoder = new TransformerDecoderLayer(settings, random);
    Tensor memory = normal(2, 4, 4);
    check(x -> decoder.forward(x, memory), 2, 3, 4);
  }

  private void check(java.util.function.UnaryOperator<Tensor> f, int... dims) {
    List<float[]> values = List.of(normal(dims).toArray());
    GradientCheck.standard()
        .first("layer", in -> f.apply(in.get(0)), values, List.of(Shape.of(dims)));
    GradientCheck.standard()
        .second("layer", in -> f.apply(in.get(0)), values, List.of(Shape.of(dims)));
  }

  /** What a step does not see has no influence on it. */
  @Test
  void causalLayersDoNotLookAhead() {
    var settings = new TransformerEncoderLayer.Settings(8, 2, 16, 0.1f, Tensor::relu, true);
    TransformerEncoder encoder = new TransformerEncoder(2, settings, random);
    encoder.train(false);
    Tensor x = normal(1, 6, 8);
    Tensor changed = x.scatter(1, Tensor.ofLongs(new long[8], 1, 1, 8).to(DType.INT64), 9);
    Tensor late = x.flip(1).scatter(1, Tensor.ofLongs(new long[8], 1, 1, 8), 9).flip(1);
    float[] y = encoder.forward(x, null, true).narrow(1, 0, 5).toArray();
    assertArrayEquals(y, encoder.forward(late, null, true).narrow(1, 0, 5).toArray(), 1e-6f);
    float[] other = encoder.forward(changed, null, true).narrow(1, 5, 1).toArray();
    float[] last = encoder.forward(x, null, true).narrow(1, 5, 1).toArray();
    double difference = 0;
    for (int i = 0; i < 8; i++) {
      difference += Math.abs(last[i] - other[i]);
    }
    assertEquals(true, difference > 1e-3);
  }

  @Test
  void embeddingKeepsItsPadding() {
    Embedding embedding = new Embedding(5, 3, 2, random);
    Tensor y = embedding.forward(Tensor.ofLongs(new long[] {2, 4}, 2));
    assertArrayEquals(new float[3], y.select(0, 0).toArray());
    y.sum().backward();
    assertEquals(3, embedding.weight().grad().sum().item());
    assertThrows(
        IllegalArgumentException.class, () -> embedding.forward(Tensor.ofLongs(new long[] {5}, 1)));
    assertThrows(IllegalArgumentException.class, () -> new Embedding(5, 3, 5, random));
    assertThrows(IllegalArgumentException.class, () -> new MultiheadAttention(8, 3, random));
  }
}
