package dev.lanewise.bench;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;

/** Forward of libtorch in evaluation mode, in its inference mode: nothing is kept for backward. */
final class LibtorchEvaluation implements Work {
  /** Of this thread, as long as the process runs; it is not to be collected. */
  @SuppressWarnings("unused")
  private final InferenceMode mode = new InferenceMode(true);

  private final LibtorchNetwork network;
  private final Tensor input;

  LibtorchEvaluation(Workload workload) {
    network = new LibtorchNetwork(workload, false);
    input = network.input();
  }

  @Override
  public void run() {
    try (PointerScope _ = new PointerScope()) {
      network.forward(input);
    }
  }

  @Override
  public float[] result() {
    try (PointerScope _ = new PointerScope()) {
      return Libtorch.values(network.forward(input));
    }
  }
}
