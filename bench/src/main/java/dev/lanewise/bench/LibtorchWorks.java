package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** libtorch: its own operations, without autograd where they can be called so. */
final class LibtorchWorks {
  private static final LongArrayRef ZERO = Libtorch.pair(0);
  private static final LongArrayRef ONE = Libtorch.pair(1);
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  private LibtorchWorks() {}

  /** An operation; everything that it makes is given back at its end. */
  private record Operation(Supplier<Tensor> compute) implements Work {
    @Override
    public void run() {
      try (PointerScope _ = new PointerScope()) {
        compute.get();
      }
    }

    @Override
    public float[] result() {
      try (PointerScope _ = new PointerScope()) {
        return Libtorch.values(compute.get());
      }
    }
  }

  static Work of(Case what) {
    return switch (what) {
      case NetworkRun run -> {
        Workload workload = Workload.of(run.network(), run.batch());
        yield run.training() ? new LibtorchTraining(workload) : new LibtorchEvaluation(workload);
      }
      case Convolution conv ->
          Fastest.of(
              "channels-last",
              convolution(conv, MemoryFormat.ChannelsLast),
              "NCHW",
              convolution(conv, MemoryFormat.Contiguous));
      case ImageOp op ->
          Fastest.of(
              "channels-last",
              image(op, MemoryFormat.ChannelsLast),
              "NCHW",
              image(op, MemoryFormat.Contiguous));
      case Loss loss -> loss(loss);
      case Update update -> update(update);
      case EagerAdd add -> eagerAdd(add);
      case Gemm gemm -> product(gemm);
      case OpRow row -> throw new IllegalArgumentException("libtorch does not do " + row);
    };
  }

  /** Into a given output: what the BLAS that libtorch found can do. */
  private static Work product(Gemm gemm) {
    Tensor storedA = Libtorch.tensor(gemm.a(), gemm.shapeA());
    Tensor storedB = Libtorch.tensor(gemm.b(), gemm.shapeB());
    Tensor a = gemm.transposedA() ? storedA.t() : storedA;
    Tensor b = gemm.transposedB() ? storedB.t() : storedB;
    Tensor c = torch.zeros(gemm.m(), gemm.n());
    return new Operation(() -> torch.mm_out(c, a, b));
  }

  private static Work convolution(Convolution conv, MemoryFormat format) {
    Tensor x = Libtorch.tensor(conv.input(), conv.inputShape()).contiguous(format);
    Tensor w = Libtorch.tensor(conv.weight(), conv.weightShape()).contiguous(format);
    LongArrayRef stride = Libtorch.pair(conv.stride());
    LongArrayRef padding = Libtorch.pair(conv.padding());
    if (conv.pass() == Pass.FORWARD) {
      TensorOptional bias = new TensorOptional();
      return new Operation(() -> torch.conv2d(x, w, bias, stride, padding, ONE, conv.groups()));
    }
    Tensor dy = Libtorch.tensor(conv.outputGradient(), conv.outputShape()).contiguous(format);
    boolean data = conv.pass() == Pass.BACKWARD_DATA;
    BoolPointer wanted = new BoolPointer(3).put(0, data).put(1, !data).put(2, false);
    LongArrayRefOptional noBias = new LongArrayRefOptional();
    return new Operation(() -> {
      var gradients =
          torch.convolution_backward(
              dy, x, w, noBias, stride, padding, ONE, false, ZERO, conv.groups(), wanted);
      return data ? gradients.get0() : gradients.get1();
    });
  }

  private static Work image(ImageOp op, MemoryFormat format) {
    Tensor x = Libtorch.tensor(op.input(), op.inputShape()).contiguous(format);
    Tensor dy =
        op.pass() == Pass.FORWARD
            ? x
            : Libtorch.tensor(op.outputGradient(), op.outputShape()).contiguous(format);
    return switch (op.kind()) {
      case ADD -> {
        Tensor other = Libtorch.tensor(op.other(), op.inputShape()).contiguous(format);
        yield new Operation(() -> x.add(other));
      }
      case RELU -> {
        if (op.pass() == Pass.FORWARD) {
          yield new Operation(x::relu);
        }
        Tensor y = x.relu();
        Scalar zero = new Scalar(0f);
        yield new Operation(() -> torch.threshold_backward(dy, y, zero));
      }
      case MAX_POOL_2, MAX_POOL_3 -> {
        LongArrayRef window = Libtorch.pair(op.kind().window());
        LongArrayRef stride = Libtorch.pair(2);
        if (op.pass() == Pass.FORWARD) {
          yield new Operation(
              () -> torch.max_pool2d_with_indices(x, window, stride, ZERO, ONE, false).get0());
        }
        Tensor indices;
        // What a pair hands out lies in the pair, and goes with it; a handle of its own does not.
        try (var pair = torch.max_pool2d_with_indices(x, window, stride, ZERO, ONE, false)) {
          indices = new Tensor(pair.get1());
        }
        yield new Operation(() ->
            torch.max_pool2d_with_indices_backward(
                dy, x, window, stride, ZERO, ONE, false, indices));
      }
      case BATCH_NORM -> norm(op, x, dy);
    };
  }

  private static Work norm(ImageOp op, Tensor x, Tensor dy) {
    TensorOptional weight = new TensorOptional(torch.ones(op.c()));
    TensorOptional bias = new TensorOptional(torch.zeros(op.c()));
    TensorOptional mean = new TensorOptional(torch.zeros(op.c()));
    TensorOptional variance = new TensorOptional(torch.ones(op.c()));
    if (op.pass() == Pass.FORWARD) {
      return new Operation(() ->
          torch.native_batch_norm(x, weight, bias, mean, variance, true, MOMENTUM, EPSILON).get0());
    }
    TensorOptional savedMean;
    TensorOptional savedDeviation;
    try (var saved =
        torch.native_batch_norm(x, weight, bias, mean, variance, true, MOMENTUM, EPSILON)) {
      savedMean = new TensorOptional(saved.get1());
      savedDeviation = new TensorOptional(saved.get2());
    }
    BoolPointer all = new BoolPointer(3).put(0, true).put(1, true).put(2, true);
    return new Operation(() ->
        torch
            .native_batch_norm_backward(
                dy, x, weight, mean, variance, savedMean, savedDeviation, true, EPSILON, all)
            .get0());
  }

  private static Work loss(Loss loss) {
    Tensor logits = Libtorch.tensor(loss.logits(), new int[] {loss.n(), loss.c()});
    Tensor labels = Libtorch.tensor(loss.labels());
    if (!loss.backward()) {
      return new Operation(() -> torch.cross_entropy_loss(logits, labels));
    }
    logits.requires_grad_(true);
    TensorVector inputs = new TensorVector(logits);
    TensorVector ones = new TensorVector();
    BoolOptional retain = new BoolOptional();
    return new Operation(() -> {
      TensorVector losses = new TensorVector(torch.cross_entropy_loss(logits, labels));
      return torch.grad(losses, inputs, ones, retain, false, false).get(0);
    });
  }

  private static Work update(Update update) {
    List<Tensor> weights = new ArrayList<>();
    TensorVector parameters = new TensorVector();
    for (int[] shape : update.network().weightShapes()) {
      Tensor weight = torch.zeros(Libtorch.sizes(shape));
      weight.requires_grad_(true);
      weight.mutable_grad().put(torch.ones(Libtorch.sizes(shape)));
      weights.add(weight);
      parameters.push_back(weight);
    }
    SGDOptions options = new SGDOptions(Network.LEARNING_RATE);
    options.momentum().put(Workload.MOMENTUM);
    SGD sgd = new SGD(parameters, options);
    return new Work() {
      @Override
      public void run() {
        sgd.step();
      }

      @Override
      public float[] result() {
        sgd.step();
        sgd.step();
        return Libtorch.values(weights.getFirst());
      }
    };
  }

  private static Work eagerAdd(EagerAdd add) {
    Tensor a = Libtorch.tensor(add.a(), new int[] {add.elements()}).requires_grad_(true);
    Tensor b = Libtorch.tensor(add.b(), new int[] {add.elements()});
    Work scoped =
        new Work() {
          @Override
          public void run() {
            try (PointerScope _ = new PointerScope()) {
              for (int i = 0; i < EagerAdd.REPEATS; i++) {
                a.add(b);
              }
            }
          }

          @Override
          public float[] result() {
            return Libtorch.values(a.add(b));
          }
        };
    Work closed =
        new Work() {
          @Override
          public void run() {
            for (int i = 0; i < EagerAdd.REPEATS; i++) {
              a.add(b).close();
            }
          }

          @Override
          public float[] result() {
            return Libtorch.values(a.add(b));
          }
        };
    return Fastest.of("scope", scoped, "close", closed);
  }
}
