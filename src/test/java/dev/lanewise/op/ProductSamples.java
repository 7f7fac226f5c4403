package dev.lanewise.op;

import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.op.Sample.Input;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Calls of matrix products. */
final class ProductSamples extends SampleSet {
  private int hides;
  private int signs;

  @Override
  void samples() {
    add(new MatMul(), "matrices", normal(3, 4), normal(4, 5));
    add(new MatMul(), "row by column", normal(1, 3), normal(3, 1));
    add(new MatMul(), "odd sizes", normal(17, 33), normal(33, 9));
    add(new MatMul(), "batch by matrix", normal(2, 3, 4), normal(4, 5));
    add(new MatMul(), "batches stretch", normal(2, 1, 3, 4), normal(5, 4, 2));
    add(new Linear(), "with bias", normal(5, 7), normal(3, 7), normal(3));
    add(new Linear(), "without bias", normal(2, 4), normal(6, 4));
    add(new Linear(), "in lanes", normal(45, 5), normal(18, 5), normal(18));
    add(new Linear(), "in lanes, few", normal(33, 2), normal(3, 2), normal(3));
    add(new Linear(Layout.PLAIN, false), "plain", normal(32, 2), normal(3, 2), normal(3));
    add(new Linear(Layout.PLAIN, true), "plain, ReLU", normal(5, 4), normal(3, 4), normal(3));
    add(new Linear(Layout.BATCH_LANES, true), "in lanes, ReLU", normal(33, 2), normal(3, 2));
    add(new Linear(), "one by one", normal(1, 1), normal(1, 1), normal(1));
    ScaledDotProductAttention full = new ScaledDotProductAttention(0.5f, false);
    ScaledDotProductAttention causal = new ScaledDotProductAttention(0.7f, true);
    Input[] square = {normal(2, 5, 4), normal(2, 5, 4), normal(2, 5, 3)};
    add(full, "square", square);
    add(causal, "causal", square);
    add(causal, "causal, more keys", normal(3, 4), normal(6, 4), normal(6, 2));
    add(causal, "causal, more queries", normal(6, 4), normal(3, 4), normal(3, 2));
    add(full, "one", normal(1, 1), normal(1, 1), normal(1, 1));
    add(full, "mask", normal(2, 2, 3, 4), normal(2, 2, 5, 4), normal(2, 2, 5, 3), normal(5));
    add(full, "mask of pairs", normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 3), normal(3, 5));
    Input hidden = frozen(numbers(() -> hides++ % 4 < 2 ? Float.NEGATIVE_INFINITY : 0.3, 2, 1, 5));
    add(causal, "hidden keys", normal(2, 5, 4), normal(2, 5, 4), normal(2, 5, 3), hidden);
    add(full, "frozen mask", normal(3, 4), normal(5, 4), normal(5, 3), frozen(normal(3, 1)));
    SelfAttention two = new SelfAttention(2, 0.6f, false);
    add(two, "sequences", normal(2, 4, 12));
    add(new SelfAttention(3, 0.5f, true), "causal", normal(5, 9));
    add(two, "mask", normal(2, 3, 12), normal(2, 2, 1, 3));
    add(two, "frozen mask", normal(2, 2, 3, 6), frozen(normal(3, 3)));
    add(two, "hidden steps", normal(2, 5, 6), hidden);
    add(new SelfAttention(1, 1, true), "one", normal(1, 3));
    for (Kind kind : Kind.values()) {
      recurrent(kind, false, true, 3, 2, 4, 5);
      recurrent(kind, true, true, 2, 3, 2, 1);
      recurrent(kind, false, false, 4, 1, 1, 3);
    }
    recurrent(Kind.LSTM, true, true, 2, 15, 3, 33);
    recurrent(Kind.GRU, false, true, 1, 3, 3, 17);
  }

  private void recurrent(
      Kind kind, boolean reverse, boolean biased, int steps, int batch, int inputs, int hidden) {
    int rows = kind.gates() * hidden;
    List<Input> all = new ArrayList<>();
    all.add(normal(steps, batch, inputs));
    all.add(normal(rows, inputs));
    all.add(normal(rows, hidden));
    all.add(normal(batch, hidden));
    if (kind.hasCell()) {
      all.add(normal(batch, hidden));
    }
    if (biased) {
      // Far from where the rectifier has no slope; some values are 0, some are not.
      all.add(kind == Kind.RELU ? numbers(() -> signs++ % 2 < 1 ? 9 : -9, rows) : normal(rows));
      all.add(normal(rows));
    }
    String what = kind + ", " + hidden + (reverse ? ", reverse" : "");
    add(new Recurrence(kind, reverse), what, all.toArray(Input[]::new));
  }

  @Override
  void refused() {
    ScaledDotProductAttention attention = new ScaledDotProductAttention(1, false);
    Shape three = Shape.of(2, 3);
    bad(attention, "value [.., S, V] are expected", three, three, Shape.of(3, 2));
    bad(attention, "value [.., S, V] are expected", three, Shape.of(2, 4), three);
    bad(attention, "value [.., S, V] are expected", three, Shape.of(1, 2, 3), three);
    bad(attention, "a mask of shape [1, 2, 2] does not", three, three, three, Shape.of(1, 2, 2));
    bad(attention, "do not broadcast", three, three, three, Shape.of(3));
    SelfAttention self = new SelfAttention(2, 1, false);
    bad(self, "[.., T, 3 E] with an E that 2 heads divide, found [5, 9]", Shape.of(5, 9));
    bad(self, "[.., T, 3 E] with an E that 2 heads divide, found [6]", Shape.of(6));
    bad(self, "an E that 2 heads divide, found [5, 0]", Shape.of(5, 0));
    SelfAttention many = new SelfAttention(1431655766, 1, false); // three times as many are 2
    bad(many, "an E that 1431655766 heads divide, found [5, 6]", Shape.of(5, 6));
    bad(self, "a mask of shape [1, 2, 5, 5] does not", Shape.of(5, 6), Shape.of(1, 2, 5, 5));
    bad(self, "do not broadcast", Shape.of(2, 5, 6), Shape.of(2, 3, 5, 5));
    Recurrence lstm = new Recurrence(Kind.LSTM, false);
    Recurrence gru = new Recurrence(Kind.GRU, true);
    Shape x = Shape.of(5, 2, 3);
    Shape state = Shape.of(2, 4);
    Shape ih = Shape.of(12, 3);
    Shape hh = Shape.of(12, 4);
    Shape bias = Shape.of(12);
    bad(gru, "at least one step and feature is expected, found [2, 3]", three, ih, hh, state);
    bad(gru, "found [0, 2, 3]", Shape.of(0, 2, 3), ih, hh, state);
    bad(gru, "weightHh [3 H, H] is expected for GRU, found [4, 12]", x, ih, Shape.of(4, 12), state);
    bad(lstm, "weightHh [4 H, H] is expected for LSTM, found [12, 4]", x, ih, hh, state, state);
    bad(gru, "weightIh must have shape [12, 3], found [12, 4]", x, hh, hh, state);
    bad(gru, "hidden must have shape [2, 4], found [12]", x, ih, hh, bias);
    bad(gru, "two biases or none are expected, found one", x, ih, hh, state, bias);
    bad(gru, "biasHh must have shape [12], found [2, 4]", x, ih, hh, state, bias, state);
    Shape wide = Shape.of(16, 3);
    bad(lstm, "cell must have shape [2, 4]", x, wide, Shape.of(16, 4), state, bias);
    bad(new MatMul(), "last but one", Shape.of(2, 3), Shape.of(4, 2));
    bad(new MatMul(), "[3] must equal", Shape.of(3), Shape.of(3, 2));
    bad(new MatMul(), "do not broadcast", Shape.of(2, 3, 4), Shape.of(3, 4, 5));
    bad(new Linear(), "weight [out, in]", Shape.of(3), Shape.of(2, 3));
    bad(new Linear(), "7 features, weight expects 6", Shape.of(2, 7), Shape.of(3, 6));
    bad(new Linear(), "bias must have shape [3]", Shape.of(2, 7), Shape.of(3, 7), Shape.of(2));
  }
}
