package dev.lanewise.bench;

import dev.lanewise.bench.Stage.Conv2d;
import dev.lanewise.bench.Stage.Flatten;
import dev.lanewise.bench.Stage.Linear;
import dev.lanewise.bench.Stage.MaxPool2d;
import dev.lanewise.bench.Stage.Relu;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * libtorch at its best: images and kernels in the channels-last layout, ReLU in place, arguments
 * that do not change made once, and everything that a step makes given back by a scope at its end.
 */
final class LibtorchTraining implements Training {
  private static final LongArrayRef ZERO = pair(0);
  private static final LongArrayRef ONE = pair(1);

  private final Tensor input;
  private final Tensor labels;
  private final List<Tensor> initial = new ArrayList<>();
  private final List<Tensor> weights = new ArrayList<>();
  private final TensorVector parameters = new TensorVector();
  private final List<Layer> layers = new ArrayList<>();
  private SGD optimizer;

  /** A stage with its weights. */
  @FunctionalInterface
  private interface Layer {
    Tensor forward(Tensor x);
  }

  LibtorchTraining(Workload workload) {
    input = channelsLast(Libtorch.tensor(workload.input(), workload.inputShape()));
    labels = Libtorch.tensor(workload.labels());
    List<int[]> shapes = workload.network().weightShapes();
    for (int i = 0; i < shapes.size(); i++) {
      Tensor first = channelsLast(Libtorch.tensor(workload.weights().get(i), shapes.get(i)));
      Tensor weight = first.clone();
      weight.requires_grad_(true);
      initial.add(first);
      weights.add(weight);
      parameters.push_back(weight);
    }
    int used = 0;
    for (Stage stage : workload.network().stages()) {
      layers.add(layer(stage, used));
      used += stage instanceof Linear || stage instanceof Conv2d ? 2 : 0;
    }
    optimizer = newOptimizer();
  }

  private Layer layer(Stage stage, int firstWeight) {
    return switch (stage) {
      case Linear _ -> {
        Tensor weight = weights.get(firstWeight);
        TensorOptional bias = new TensorOptional(weights.get(firstWeight + 1));
        yield x -> torch.linear(x, weight, bias);
      }
      case Conv2d(int _, int _, int _, int padding) -> {
        Tensor weight = weights.get(firstWeight);
        TensorOptional bias = new TensorOptional(weights.get(firstWeight + 1));
        LongArrayRef pad = pair(padding);
        yield x -> torch.conv2d(x, weight, bias, ONE, pad, ONE, 1);
      }
      case MaxPool2d(int size) -> {
        LongArrayRef window = pair(size);
        yield x -> torch.max_pool2d(x, window, window, ZERO, ONE, false);
      }
      case Relu _ -> Tensor::relu_;
      case Flatten _ -> x -> x.flatten(1, -1);
    };
  }

  @Override
  public void reset() {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new AutoGradMode(false)) {
      for (int i = 0; i < weights.size(); i++) {
        weights.get(i).copy_(initial.get(i));
      }
    }
    optimizer.close();
    optimizer = newOptimizer();
  }

  @Override
  public float step() {
    try (PointerScope _ = new PointerScope()) {
      Tensor x = input;
      for (Layer layer : layers) {
        x = layer.forward(x);
      }
      Tensor loss = torch.cross_entropy_loss(x, labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      return loss.item_float();
    }
  }

  private SGD newOptimizer() {
    try (SGDOptions options = new SGDOptions(Workload.LEARNING_RATE)) {
      options.momentum().put(Workload.MOMENTUM);
      return new SGD(parameters, options);
    }
  }

  private static Tensor channelsLast(Tensor tensor) {
    return tensor.dim() == 4 ? tensor.contiguous(MemoryFormat.ChannelsLast) : tensor;
  }

  /** The same value for height and width; libtorch keeps the address, so it is never given back. */
  private static LongArrayRef pair(long value) {
    return new LongArrayRef(new LongPointer(value, value).retainReference(), 2);
  }
}
