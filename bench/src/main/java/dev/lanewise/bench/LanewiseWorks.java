package dev.lanewise.bench;

import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Window;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Lanewise through its public API, on tensors in the layout that a network has them in. */
final class LanewiseWorks {
  private LanewiseWorks() {}

  static Work of(Case what) {
    return switch (what) {
      case NetworkRun run -> {
        Workload workload = Workload.of(run.network(), run.batch());
        yield run.training()
            ? new LanewiseTraining(workload)
            : LanewiseTraining.evaluation(workload);
      }
      case Convolution conv -> convolution(conv);
      case ImageOp op -> image(op);
      case Loss loss -> loss(loss);
      case Update update -> update(update);
      case EagerAdd add -> eagerAdd(add);
      case OpRow row -> operation(row);
      case Gemm gemm -> {
        Tensor storedA = Tensor.of(gemm.a(), gemm.shapeA());
        Tensor storedB = Tensor.of(gemm.b(), gemm.shapeB());
        Tensor a = gemm.transposedA() ? storedA.transpose(0, 1) : storedA;
        Tensor b = gemm.transposedB() ? storedB.transpose(0, 1) : storedB;
        yield new LanewiseWork(false, () -> a.matmul(b));
      }
    };
  }

  private static Work convolution(Convolution conv) {
    Conv2d options =
        Conv2d.standard().stride(conv.stride()).padding(conv.padding()).groups(conv.groups());
    return switch (conv.pass()) {
      case BACKWARD_DATA -> {
        Tensor dy = image(conv.outputGradient(), conv.outputShape());
        Tensor w = Tensor.of(conv.weight(), conv.weightShape());
        var gradient = new Conv2d.InputGradient(options, Shape.of(conv.inputShape()));
        yield new LanewiseWork(false, () -> Tensor.apply(gradient, dy, w));
      }
      case BACKWARD_WEIGHTS -> {
        Tensor x = image(conv.input(), conv.inputShape());
        Tensor dy = image(conv.outputGradient(), conv.outputShape());
        var gradient = new Conv2d.WeightGradient(options, Shape.of(conv.weightShape()));
        yield new LanewiseWork(false, () -> Tensor.apply(gradient, x, dy));
      }
      default -> {
        Tensor x = image(conv.input(), conv.inputShape());
        Tensor w = Tensor.of(conv.weight(), conv.weightShape());
        yield new LanewiseWork(false, () -> x.conv2d(w, null, options));
      }
    };
  }

  private static Work image(ImageOp op) {
    Tensor x = image(op.input(), op.inputShape());
    return switch (op.kind()) {
      case ADD -> {
        Tensor other = image(op.other(), op.inputShape());
        yield new LanewiseWork(false, () -> x.add(other));
      }
      case RELU -> passes(op, List.of(x), x::relu);
      case MAX_POOL_2, MAX_POOL_3 -> {
        Window window = Window.of(op.kind().window(), 2);
        yield passes(op, List.of(x), () -> x.maxPool2d(window));
      }
      case BATCH_NORM -> {
        BatchNorm2d norm = new BatchNorm2d(op.c());
        List<Tensor> inputs = new ArrayList<>(List.of(x));
        inputs.addAll(norm.parameters().values());
        yield passes(op, inputs, () -> norm.forward(x));
      }
    };
  }

  /**
   * Forward with the tape on, for it leaves what backward reads; backward alone from there.
   *
   * @param inputs whose gradients backward computes; that of the first is compared
   */
  private static Work passes(ImageOp op, List<Tensor> inputs, Supplier<Tensor> forward) {
    inputs.getFirst().requireGrad();
    if (op.pass() == Pass.FORWARD) {
      return new LanewiseWork(true, forward);
    }
    Tensor y = forward.get();
    List<Tensor> dy = List.of(image(op.outputGradient(), op.outputShape()));
    List<Tensor> outputs = List.of(y);
    return new LanewiseWork(true, () -> Tape.grad(outputs, dy, inputs, true, false)[0]);
  }

  private static Work loss(Loss loss) {
    Tensor logits = Tensor.of(loss.logits(), loss.n(), loss.c());
    Tensor labels = Tensor.ofLongs(loss.labels(), loss.n());
    if (!loss.backward()) {
      return new LanewiseWork(false, () -> logits.crossEntropy(labels));
    }
    List<Tensor> inputs = List.of(logits.requireGrad());
    return new LanewiseWork(
        true, () -> Tape.grad(List.of(logits.crossEntropy(labels)), inputs, false)[0]);
  }

  private static Work update(Update update) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (int[] shape : update.network().weightShapes()) {
      Tensor parameter = Tensor.zeros(shape).requireGrad();
      parameter.setGrad(Tensor.ones(shape));
      parameters.put("p" + parameters.size(), parameter);
    }
    Sgd sgd = new Sgd(parameters, Network.LEARNING_RATE, Workload.MOMENTUM);
    Tensor first = parameters.values().iterator().next();
    return new Work() {
      @Override
      public void run() {
        sgd.step();
      }

      @Override
      public float[] result() {
        sgd.step();
        sgd.step();
        return first.toArray();
      }
    };
  }

  private static Work operation(OpRow row) {
    OpTable.Call call = row.sample().prepare().apply(row.rows());
    if (!row.both()) {
      return new LanewiseWork(false, call.body());
    }
    call.inputs().forEach(Tensor::requireGrad);
    // The gradient that arrives is made once, and lies as the result does.
    Tensor y = call.body().get();
    List<Tensor> dy = List.of(Tensor.ones(y.shape().toArray()));
    return new LanewiseWork(
        true, () -> Tape.grad(List.of(call.body().get()), dy, call.inputs(), false, false)[0]);
  }

  private static Work eagerAdd(EagerAdd add) {
    Tensor a = Tensor.of(add.a(), add.elements()).requireGrad();
    Tensor b = Tensor.of(add.b(), add.elements());
    return new Work() {
      @Override
      public void run() {
        try (var _ = Scope.open()) {
          for (int i = 0; i < EagerAdd.REPEATS; i++) {
            a.add(b).close();
          }
        }
      }

      @Override
      public float[] result() {
        return a.add(b).toArray();
      }
    };
  }

  /** Images lie blocked, as every operation on images leaves them. */
  private static Tensor image(float[] values, int[] shape) {
    return Tensor.of(values, shape).lanes();
  }
}
