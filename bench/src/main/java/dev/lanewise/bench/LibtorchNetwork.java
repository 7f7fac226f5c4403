package dev.lanewise.bench;

import dev.lanewise.bench.Stage.BatchNorm2d;
import dev.lanewise.bench.Stage.CausalLayer;
import dev.lanewise.bench.Stage.Conv2d;
import dev.lanewise.bench.Stage.EachToken;
import dev.lanewise.bench.Stage.Embedding;
import dev.lanewise.bench.Stage.Embeddings;
import dev.lanewise.bench.Stage.EncoderLayer;
import dev.lanewise.bench.Stage.FirstToken;
import dev.lanewise.bench.Stage.Flatten;
import dev.lanewise.bench.Stage.GlobalAvgPool2d;
import dev.lanewise.bench.Stage.LayerNorm;
import dev.lanewise.bench.Stage.Linear;
import dev.lanewise.bench.Stage.MaxPool2d;
import dev.lanewise.bench.Stage.Recurrent;
import dev.lanewise.bench.Stage.Relu;
import dev.lanewise.bench.Stage.Relu6;
import dev.lanewise.bench.Stage.Residual;
import dev.lanewise.bench.Stage.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * A network of libtorch at its best: images and kernels in the channels-last layout, ReLU and the
 * sum of a shortcut in place, arguments that do not change made once.
 */
final class LibtorchNetwork {
  private static final LongArrayRef ZERO = Libtorch.pair(0);
  private static final LongArrayRef ONE = Libtorch.pair(1);

  private final Workload workload;
  private final boolean training;
  private final List<Tensor> weights = new ArrayList<>();
  private final TensorVector parameters = new TensorVector();
  private final Layer network;

  /** Weights, and norms, that the stages have taken so far. */
  private int taken;

  private int norms;

  /** A stage with its weights. */
  @FunctionalInterface
  private interface Layer {
    Tensor forward(Tensor x);
  }

  LibtorchNetwork(Workload workload, boolean training) {
    this.workload = workload;
    this.training = training;
    for (int[] shape : workload.network().weightShapes()) {
      Tensor weight = channelsLast(torch.zeros(Libtorch.sizes(shape)));
      weight.requires_grad_(training);
      weights.add(weight);
      parameters.push_back(weight);
    }
    network = layers(workload.network().stages());
    load();
  }

  private Layer layers(List<Stage> stages) {
    List<Layer> layers = stages.stream().map(this::layer).toList();
    return x -> {
      Tensor y = x;
      for (Layer layer : layers) {
        y = layer.forward(y);
      }
      return y;
    };
  }

  private Layer layer(Stage stage) {
    return switch (stage) {
      case Linear linear -> linear(linear.bias());
      case Conv2d(int _, int _, int _, int stride, int padding, int groups, boolean biased) -> {
        Tensor weight = take();
        TensorOptional bias = biased ? new TensorOptional(take()) : new TensorOptional();
        LongArrayRef step = Libtorch.pair(stride);
        LongArrayRef pad = Libtorch.pair(padding);
        yield x -> torch.conv2d(x, weight, bias, step, pad, ONE, groups);
      }
      case BatchNorm2d(int channels) -> {
        TensorOptional weight = new TensorOptional(take());
        TensorOptional bias = new TensorOptional(take());
        TensorOptional mean = statistics(false, channels);
        TensorOptional variance = statistics(true, channels);
        norms++;
        yield x -> torch.batch_norm(x, weight, bias, mean, variance, training, 0.1, 1e-5, false);
      }
      case LayerNorm(int size) -> norm(size);
      case Tokens tokens -> tokens(tokens);
      case FirstToken _ -> x -> x.select(1, 0);
      case EachToken _ -> x -> x.flatten(0, 1);
      case Embedding _ -> {
        Tensor table = take();
        yield x -> torch.embedding(table, x);
      }
      case Recurrent(Recurrent.Kind kind, int _, int hidden) -> recurrent(kind, hidden);
      case Embeddings(int _, int tokens, int _) -> {
        Tensor table = take();
        Tensor places = take();
        Tensor numbers = Libtorch.tensor(LongStream.range(0, tokens).toArray());
        yield x -> torch.embedding(table, x).add_(torch.embedding(places, numbers));
      }
      case EncoderLayer(int _, int embed, int heads, int _) -> {
        Layer before = norm(embed);
        Layer attention = attention(embed, heads, false);
        Layer between = norm(embed);
        yield transformer(before, attention, between, linear(true), linear(true));
      }
      case CausalLayer(int _, int embed, int heads, int _) -> {
        Layer attention = attention(embed, heads, true);
        Layer wide = linear(true);
        Layer narrow = linear(true);
        Layer before = norm(embed);
        yield transformer(before, attention, norm(embed), wide, narrow);
      }
      case MaxPool2d(int size, int stride) -> {
        LongArrayRef window = Libtorch.pair(size);
        LongArrayRef step = Libtorch.pair(stride);
        yield x -> torch.max_pool2d(x, window, step, ZERO, ONE, false);
      }
      case GlobalAvgPool2d _ -> x -> torch.adaptive_avg_pool2d(x, ONE);
      case Relu _ -> Tensor::relu_;
      case Relu6 _ -> torch::relu6_;
      case Flatten _ -> x -> x.flatten(1, -1);
      case Residual(List<Stage> body, List<Stage> shortcut) -> {
        Layer main = layers(body);
        Layer side = layers(shortcut);
        yield x -> main.forward(x).add_(side.forward(x));
      }
    };
  }

  private static Layer transformer(
      Layer before, Layer attention, Layer between, Layer wide, Layer narrow) {
    return x -> {
      Tensor y = attention.forward(before.forward(x)).add_(x);
      return narrow.forward(torch.gelu(wide.forward(between.forward(y)))).add_(y);
    };
  }

  private Layer linear(boolean biased) {
    Tensor weight = take();
    TensorOptional bias = biased ? new TensorOptional(take()) : new TensorOptional();
    return x -> torch.linear(x, weight, bias);
  }

  /** From a state of zeros; its own whole layers, which call oneDNN where that serves them. */
  private Layer recurrent(Recurrent.Kind kind, int hidden) {
    TensorVector weights = new TensorVector(take(), take(), take(), take());
    Tensor state = torch.zeros(1, workload.batch(), hidden);
    TensorVector states = new TensorVector(state, state);
    return x ->
        kind == Recurrent.Kind.LSTM
            ? torch.lstm(x, states, weights, true, 1, 0.0, training, false, true).get0()
            : torch.gru(x, state, weights, true, 1, 0.0, training, false, true).get0();
  }

  private Layer norm(int size) {
    TensorOptional weight = new TensorOptional(take());
    TensorOptional bias = new TensorOptional(take());
    return x -> torch.layer_norm(x, new long[] {size}, weight, bias, 1e-5, false);
  }

  private Layer tokens(Tokens stage) {
    Tensor token = take();
    Tensor weight = take();
    TensorOptional bias = new TensorOptional(take());
    Tensor positions = take();
    LongArrayRef step = Libtorch.pair(stage.patch());
    return x -> {
      Tensor patches = torch.conv2d(x, weight, bias, step, ZERO, ONE, 1);
      Tensor first = token.expand(x.size(0), 1, stage.embed());
      TensorVector parts = new TensorVector(first, patches.flatten(2, -1).transpose(1, 2));
      return torch.cat(parts, 1).add_(positions);
    };
  }

  /** Query, key and value by one product; then its fused attention. */
  private Layer attention(int embed, int heads, boolean causal) {
    Layer in = linear(true);
    Layer out = linear(true);
    return x -> {
      long batch = x.size(0);
      long tokens = x.size(1);
      Tensor all = in.forward(x).view(batch, tokens, 3, heads, embed / heads);
      Tensor each = all.permute(2, 0, 3, 1, 4);
      Tensor y =
          torch.scaled_dot_product_attention(
              each.select(0, 0),
              each.select(0, 1),
              each.select(0, 2),
              new TensorOptional(),
              0.0,
              causal,
              new DoubleOptional(),
              false);
      return out.forward(y.transpose(1, 2).reshape(batch, tokens, embed));
    };
  }

  private Tensor take() {
    return weights.get(taken++);
  }

  private TensorOptional statistics(boolean variances, int channels) {
    float[] values = workload.statistics(norms, variances, channels);
    return new TensorOptional(Libtorch.tensor(values, new int[] {channels}));
  }

  Tensor forward(Tensor x) {
    return network.forward(x);
  }

  TensorVector parameters() {
    return parameters;
  }

  /** Gives the weights the values of the workload. */
  void load() {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new AutoGradMode(false)) {
      List<int[]> shapes = workload.network().weightShapes();
      for (int i = 0; i < weights.size(); i++) {
        Tensor plain = torch.empty(Libtorch.sizes(shapes.get(i)));
        FloatPointer values = plain.data_ptr_float();
        workload.weight(i, values.capacity(plain.numel()).asByteBuffer().asFloatBuffer());
        weights.get(i).copy_(plain);
      }
    }
  }

  /** The input of the workload. */
  Tensor input() {
    int[] shape = workload.inputShape();
    return workload.network().language()
        ? Libtorch.tensor(workload.tokens()).view(Libtorch.sizes(shape))
        : channelsLast(Libtorch.tensor(workload.input(), shape));
  }

  private static Tensor channelsLast(Tensor tensor) {
    return tensor.dim() == 4 ? tensor.contiguous(MemoryFormat.ChannelsLast) : tensor;
  }
}
