package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.nn.Recurrent;
import dev.lanewise.nn.RecurrentKind;
import dev.lanewise.nn.RecurrentKind.State;
import dev.lanewise.nn.RecurrentKind.Weights;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attention and recurrent layers. */
final class SequenceCases {
  private SequenceCases() {}

  static void register() {
    outputs("scaled_dot_product_attention", SequenceCases::attention);
    outputs("multihead_self_attention", SequenceCases::selfAttention);
    outputs("multihead_attention", SequenceCases::selfAttention);
    outputs("transformer_block", SequenceCases::block);
    outputs("lstm", c -> recurrent(c, RecurrentKind.LSTM));
    outputs("gru", c -> recurrent(c, RecurrentKind.GRU));
    outputs("rnn", c -> recurrent(c, plain(c)));
    outputs("lstm_cell", c -> cell(c, RecurrentKind.LSTM));
    outputs("gru_cell", c -> cell(c, RecurrentKind.GRU));
    outputs("rnn_cell", c -> cell(c, plain(c)));
  }

  private static RecurrentKind plain(Case c) {
    return c.text("nonlinearity", "tanh").equals("relu") ? RecurrentKind.RELU : RecurrentKind.TANH;
  }

  private static @Nullable Tensor mask(Case c) {
    return c.has("in.mask") ? c.in("mask") : c.has("in.attn_mask") ? c.in("attn_mask") : null;
  }

  private static boolean causal(Case c) {
    return c.flag("causal") || c.flag("is_causal");
  }

  private static Map<String, Tensor> attention(Case c) {
    Tensor q = c.in("q");
    Tensor mask = mask(c);
    float scale = c.number("scale", (float) (1 / Math.sqrt(q.shape().dim(-1))));
    Tensor y = q.scaledDotProductAttention(c.in("k"), c.in("v"), mask, causal(c), scale, null);
    return Map.of("out", y, "weights", q.attentionWeights(c.in("k"), mask, causal(c)));
  }

  private static Map<String, Tensor> selfAttention(Case c) {
    Tensor x = c.in("x");
    int embed = x.shape().dim(-1);
    int heads = c.integer("heads");
    Tensor qkv = x.linear(c.tensor("param.in_proj_weight"), c.param("in_proj_bias"));
    Tensor q = head(qkv, 0, embed, heads);
    Tensor k = head(qkv, 1, embed, heads);
    Tensor mask = mask(c);
    Tensor y = q.scaledDotProductAttention(k, head(qkv, 2, embed, heads), mask, causal(c));
    Tensor out =
        y.transpose(1, 2)
            .reshapeAs(x)
            .linear(either(c, "out_proj_weight", "out_proj.weight"), c.param("out_proj_bias"));
    Tensor weights = q.attentionWeights(k, mask, causal(c));
    return Map.of("out", out, "weights", weights, "weights_mean_over_heads", weights.mean(1));
  }

  private static Tensor either(Case c, String name, String other) {
    Tensor found = c.param(name);
    return found == null ? c.tensor("param." + other) : found;
  }

  /** One of query, key and value side by side, [N, T, 3 E], as [N, heads, T, E / heads]. */
  private static Tensor head(Tensor qkv, int which, int embed, int heads) {
    return qkv.narrow(2, which * embed, embed).unflatten(2, heads, -1).transpose(1, 2);
  }

  /** x + proj(attention(ln1(x))), then x + fc2(gelu(fc1(ln2(x)))). */
  private static Map<String, Tensor> block(Case c) {
    Tensor x = c.in("x");
    int embed = x.shape().dim(-1);
    int heads = c.integer("heads");
    Tensor qkv = linear(c, "qkv", norm(c, "ln1", x));
    Tensor y =
        head(qkv, 0, embed, heads)
            .scaledDotProductAttention(
                head(qkv, 1, embed, heads), head(qkv, 2, embed, heads), null, causal(c));
    x = x.add(linear(c, "proj", y.transpose(1, 2).reshapeAs(x)));
    Tensor inner = linear(c, "fc1", norm(c, "ln2", x));
    inner = c.text("gelu", "erf").equals("tanh") ? inner.geluTanh() : inner.gelu();
    return Map.of("out", x.add(linear(c, "fc2", inner)));
  }

  private static Tensor linear(Case c, String name, Tensor x) {
    return x.linear(c.tensor("param." + name + ".weight"), c.param(name + ".bias"));
  }

  private static Tensor norm(Case c, String name, Tensor x) {
    int[] size = {x.shape().dim(-1)};
    Tensor weight = c.tensor("param." + name + ".weight");
    return x.layerNorm(size, weight, c.param(name + ".bias"), c.number("eps", 1e-5f));
  }

  private static Map<String, Tensor> recurrent(Case c, RecurrentKind kind) {
    List<Weights> weights = new ArrayList<>();
    boolean both = c.param("weight_ih_l0_reverse") != null;
    for (int layer = 0; c.param("weight_ih_l" + layer) != null; layer++) {
      weights.add(weights(c, "_l" + layer));
      if (both) {
        weights.add(weights(c, "_l" + layer + "_reverse"));
      }
    }
    Recurrent.Options options =
        Recurrent.Options.standard()
            .layers(weights.size() / (both ? 2 : 1))
            .bidirectional(both)
            .batchFirst(c.flag("batch_first"));
    State start = c.has("in.h0") ? new State(c.in("h0"), c.has("in.c0") ? c.in("c0") : null) : null;
    Recurrent.Result result = Recurrent.run(kind, c.in("x"), start, weights, options, null);
    return results(result.output(), result.last());
  }

  private static Map<String, Tensor> results(Tensor output, State last) {
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    outputs.put("out", output);
    outputs.put("h_n", last.hidden());
    outputs.put("h", last.hidden());
    Tensor cell = last.cell();
    if (cell != null) {
      outputs.put("c_n", cell);
      outputs.put("c", cell);
    }
    return outputs;
  }

  private static Weights weights(Case c, String suffix) {
    return new Weights(
        c.tensor("param.weight_ih" + suffix),
        c.tensor("param.weight_hh" + suffix),
        c.param("bias_ih" + suffix),
        c.param("bias_hh" + suffix));
  }

  private static Map<String, Tensor> cell(Case c, RecurrentKind kind) {
    boolean named = c.has("in.h0");
    State before =
        new State(c.in(named ? "h0" : "h"), kind.hasCell() ? c.in(named ? "c0" : "c") : null);
    Tensor x = c.in("x");
    State start =
        new State(
            before.hidden().unsqueeze(0),
            before.cell() == null ? null : before.cell().unsqueeze(0));
    Recurrent.Result result =
        Recurrent.run(
            kind,
            x.unsqueeze(1),
            start,
            List.of(weights(c, "")),
            Recurrent.Options.standard(),
            null);
    Tensor cell = result.last().cell();
    State last =
        new State(result.last().hidden().squeeze(0), cell == null ? null : cell.squeeze(0));
    return results(last.hidden(), last);
  }
}
