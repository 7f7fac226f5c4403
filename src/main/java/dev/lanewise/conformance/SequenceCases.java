package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.nn.Recurrent;
import dev.lanewise.nn.Recurrent.Weights;
import dev.lanewise.op.Recurrence.Kind;
import dev.lanewise.op.Recurrence.State;
import dev.lanewise.tensor.DType;
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
    outputs("lstm", c -> recurrent(c, Kind.LSTM));
    outputs("gru", c -> recurrent(c, Kind.GRU));
    outputs("rnn", c -> recurrent(c, plain(c)));
    outputs("rnn_tanh", c -> recurrent(c, Kind.TANH));
    outputs("rnn_relu", c -> recurrent(c, Kind.RELU));
    outputs("transformer_encoder_layer", c -> Map.of("out", layer(c, "", c.in("x"), null)));
    outputs(
        "transformer_decoder_layer", c -> Map.of("out", layer(c, "", c.in("tgt"), c.in("memory"))));
    outputs("transformer_encoder", c -> Map.of("out", stack(c, c.in("x"), null)));
    outputs("transformer_decoder", c -> Map.of("out", stack(c, c.in("tgt"), c.in("memory"))));
    outputs("lstm_cell", c -> cell(c, Kind.LSTM));
    outputs("gru_cell", c -> cell(c, Kind.GRU));
    outputs("rnn_cell", c -> cell(c, plain(c)));
  }

  private static Kind plain(Case c) {
    return c.text("nonlinearity", "tanh").equals("relu") ? Kind.RELU : Kind.TANH;
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
    Tensor q = c.in("q");
    boolean first = c.flag("batch_first", true);
    Map<String, Tensor> result = new LinkedHashMap<>();
    Tensor y =
        attention(c, "", batch(q, first), batch(c.in("k"), first), batch(c.in("v"), first), result);
    result.put("out", batch(y, first));
    return result;
  }

  private static Tensor batch(Tensor x, boolean first) {
    return first ? x : x.transpose(0, 1);
  }

  /** Of queries [N, T, E] and keys and values [N, S, E]; puts the weights into the result. */
  private static Tensor attention(
      Case c, String prefix, Tensor query, Tensor key, Tensor value, Map<String, Tensor> result) {
    int embed = query.shape().dim(-1);
    int heads = c.integer("heads");
    Tensor q = part(c, prefix, 0, query, embed, heads);
    Tensor k = part(c, prefix, 1, key, embed, heads);
    Tensor v = part(c, prefix, 2, value, embed, heads);
    Tensor mask = hidden(c);
    boolean causal = causal(c) && !prefix.endsWith("multihead_attn.");
    Tensor y = q.scaledDotProductAttention(k, v, mask, causal);
    Tensor weights = q.attentionWeights(k, mask, causal);
    boolean mean =
        c.has("aux.weights")
            ? c.shape("aux.weights").rank() == 3
            : c.has("out.weights") && c.shape("out.weights").rank() == 3;
    result.put("weights", mean ? weights.mean(1) : weights);
    result.put("weights_mean_over_heads", weights.mean(1));
    return y.transpose(1, 2)
        .reshapeAs(query)
        .linear(
            either(c, prefix + "out_proj_weight", prefix + "out_proj.weight"),
            bias(c, prefix + "out_proj"));
  }

  private static @Nullable Tensor bias(Case c, String name) {
    Tensor found = c.param(name + ".bias");
    return found == null ? c.param(name + "_bias") : found;
  }

  /** Queries, keys or values, by their third of the weights. */
  private static Tensor part(Case c, String prefix, int which, Tensor x, int embed, int heads) {
    Tensor weight = c.tensor("param." + prefix + "in_proj_weight").narrow(0, which * embed, embed);
    Tensor bias = c.param(prefix + "in_proj_bias");
    Tensor y = x.linear(weight, bias == null ? null : bias.narrow(0, which * embed, embed));
    return y.unflatten(2, heads, -1).transpose(1, 2);
  }

  /** What a layer of attention must not see, as numbers to add: truth hides there. */
  private static @Nullable Tensor hidden(Case c) {
    Tensor mask = c.input("attn_mask");
    Tensor numbers = mask == null ? mask(c) : hiding(mask);
    Tensor padding = c.input("key_padding_mask");
    if (padding == null) {
      return numbers;
    }
    Tensor columns = hiding(padding).unsqueeze(1).unsqueeze(1);
    return numbers == null ? columns : columns.add(numbers);
  }

  private static Tensor hiding(Tensor mask) {
    return mask.dtype() == DType.FLOAT32
        ? mask
        : Tensor.where(
            mask.to(DType.BOOL), Tensor.scalar(Float.NEGATIVE_INFINITY), Tensor.scalar(0));
  }

  /** A layer of an encoder, or, with what that gave, of a decoder; its norms last or first. */
  private static Tensor layer(Case c, String prefix, Tensor input, @Nullable Tensor memory) {
    boolean first = c.flag("norm_first");
    Tensor x = input;
    Tensor from = first ? norm(c, prefix + "norm1", x) : x;
    x = x.add(attention(c, prefix + "self_attn.", from, from, from, new LinkedHashMap<>()));
    x = first ? x : norm(c, prefix + "norm1", x);
    int last = 2;
    if (memory != null) {
      from = first ? norm(c, prefix + "norm2", x) : x;
      x =
          x.add(
              attention(
                  c, prefix + "multihead_attn.", from, memory, memory, new LinkedHashMap<>()));
      x = first ? x : norm(c, prefix + "norm2", x);
      last = 3;
    }
    String name = prefix + "norm" + last;
    from = linear(c, prefix + "linear1", first ? norm(c, name, x) : x);
    from = ReferenceOps.function(c.text("activation", "relu")).apply(from);
    x = x.add(linear(c, prefix + "linear2", from));
    return first ? x : norm(c, name, x);
  }

  /** Layers {@code layers.0}, {@code layers.1}, ... and what may stand after them, {@code norm}. */
  private static Tensor stack(Case c, Tensor input, @Nullable Tensor memory) {
    Tensor x = input;
    for (int i = 0; c.has("param.layers." + i + ".norm1.weight"); i++) {
      x = layer(c, "layers." + i + ".", x, memory);
    }
    return c.has("param.norm.weight") ? norm(c, "norm", x) : x;
  }

  private static Tensor either(Case c, String name, String other) {
    Tensor found = c.param(name);
    return found == null ? c.tensor("param." + other) : found;
  }

  /** One of query, key and value side by side, [N, T, 3 E], as [N, heads, T, E / heads]. */
  private static Tensor head(Tensor qkv, int which, int embed, int heads) {
    return qkv.narrow(2, which * embed, embed).unflatten(2, heads, -1).transpose(1, 2);
  }

  /**
   * x + proj(attention(ln1(x))), then x + fc2(gelu(fc1(ln2(x)))); or, with the norms behind, ln1(x
   * + proj(attention(x))), then ln2(x + fc2(gelu(fc1(x)))).
   */
  private static Map<String, Tensor> block(Case c) {
    Tensor x = c.in("x");
    int embed = x.shape().dim(-1);
    int heads = c.integer("heads");
    boolean post =
        c.text("norm", "pre").startsWith("post") || !c.flag("norm_first", !c.flag("post_norm"));
    Tensor qkv = linear(c, "qkv", post ? x : norm(c, "ln1", x));
    Tensor y =
        head(qkv, 0, embed, heads)
            .scaledDotProductAttention(
                head(qkv, 1, embed, heads), head(qkv, 2, embed, heads), hidden(c), causal(c));
    x = x.add(linear(c, "proj", y.transpose(1, 2).reshapeAs(x)));
    x = post ? norm(c, "ln1", x) : x;
    Tensor inner = linear(c, "fc1", post ? x : norm(c, "ln2", x));
    String activation = c.text("activation", "gelu");
    boolean tanh = activation.equals("gelu") && c.text("gelu", "erf").equals("tanh");
    inner = ReferenceOps.function(tanh ? "gelu_tanh" : activation).apply(inner);
    x = x.add(linear(c, "fc2", inner));
    return Map.of("out", post ? norm(c, "ln2", x) : x);
  }

  private static Tensor linear(Case c, String name, Tensor x) {
    return x.linear(c.tensor("param." + name + ".weight"), c.param(name + ".bias"));
  }

  private static Tensor norm(Case c, String name, Tensor x) {
    int[] size = {x.shape().dim(-1)};
    Tensor weight = c.tensor("param." + name + ".weight");
    return x.layerNorm(size, weight, c.param(name + ".bias"), c.number("eps", 1e-5f));
  }

  private static Map<String, Tensor> recurrent(Case c, Kind kind) {
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
        c.param("bias_hh" + suffix),
        c.param("weight_hr" + suffix));
  }

  private static Map<String, Tensor> cell(Case c, Kind kind) {
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
