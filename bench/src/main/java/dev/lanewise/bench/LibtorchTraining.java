package dev.lanewise.bench;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Steps of training by libtorch; everything that a step makes is given back by a scope. */
final class LibtorchTraining implements Work {
  private final LibtorchNetwork network;
  private final float learningRate;
  private final Tensor input;
  private final Tensor labels;
  private SGD optimizer;

  LibtorchTraining(Workload workload) {
    network = new LibtorchNetwork(workload, true);
    learningRate = workload.network().learningRate();
    input = network.input();
    labels = Libtorch.tensor(workload.labels());
    reset();
  }

  @Override
  public void reset() {
    network.load();
    if (optimizer != null) {
      optimizer.close();
    }
    try (SGDOptions options = new SGDOptions(learningRate)) {
      options.momentum().put(Workload.MOMENTUM);
      optimizer = new SGD(network.parameters(), options);
    }
  }

  @Override
  public void run() {
    step();
  }

  @Override
  public float[] result() {
    reset();
    return new float[] {step(), step(), step()};
  }

  private float step() {
    try (PointerScope _ = new PointerScope()) {
      Tensor loss = torch.cross_entropy_loss(network.forward(input), labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      return loss.item_float();
    }
  }
}
