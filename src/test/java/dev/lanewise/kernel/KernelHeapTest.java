package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import dev.lanewise.kernel.conv.Conv2dDims;
import dev.lanewise.kernel.conv.Conv2dKernel;
import dev.lanewise.kernel.conv.ConvChannelsLast;
import dev.lanewise.kernel.conv.ConvForward;
import dev.lanewise.kernel.conv.ConvInputGradient;
import dev.lanewise.kernel.conv.ConvPhases;
import dev.lanewise.kernel.conv.ConvWeightGradient;
import dev.lanewise.kernel.conv.ConvWeightGradientByTaps;
import dev.lanewise.kernel.conv.Winograd;
import dev.lanewise.kernel.conv.WinogradGradient;
import dev.lanewise.kernel.conv.WinogradTransform;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.Formulas;
import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.kernel.elementwise.KeptBits;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.elementwise.StridedCopy;
import dev.lanewise.kernel.elementwise.UnaryRange;
import dev.lanewise.kernel.norm.BatchNormKernel;
import dev.lanewise.kernel.norm.ChannelDims;
import dev.lanewise.kernel.norm.RowNormKernel;
import dev.lanewise.kernel.norm.SoftmaxKernel;
import dev.lanewise.kernel.pool.Pool2dDims;
import dev.lanewise.kernel.pool.Pooling;
import dev.lanewise.kernel.product.FullyConnected;
import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.product.LargeGemm;
import dev.lanewise.kernel.product.WeightGradient;
import dev.lanewise.kernel.random.DropoutKernel;
import dev.lanewise.kernel.random.PhiloxFill;
import dev.lanewise.kernel.recurrent.Cell;
import dev.lanewise.kernel.recurrent.GruCell;
import dev.lanewise.kernel.recurrent.LstmCell;
import dev.lanewise.kernel.recurrent.RecurrentKernel;
import dev.lanewise.kernel.reduce.Reduction;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.update.OptimizerKernel;
import dev.lanewise.kernel.update.UpdateFormula;
import dev.lanewise.kernel.update.UpdateFormulas;
import dev.lanewise.kernel.update.UpdateSlope;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.op.Sigmoid;
import dev.lanewise.op.Tanh;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A hot kernel allocates no more than the few objects of its call. A vector that the compiler boxes
 * shows here at once: the loops run over hundreds of them. And the results do not depend on the
 * number of threads.
 */
@ExtendWith(Place.Guards.class)
class KernelHeapTest {
  /** The lambdas, arrays and views of one call; one box more per vector is tens of kilobytes. */
  private static final long BYTES_PER_CALL = 3000;

  private static final int CALLS = 200;
  private static final long DEADLINE_NANOS = 30_000_000_000L;

  private final Random random = new Random(9);
  private final Place x = Place.random(N, random);
  private final Place y = Place.random(N, random);
  private final Place z = Place.random(N, random);
  private final Place places = Place.bytes(4 * N);
  private static final int N = 40000;

  private Map<String, Runnable> kernels() {
    Map<String, Runnable> kernels = new LinkedHashMap<>();
    int n = 12345;
    kernels.put("unary", () -> Elementwise.unary(new Formulas.Exp(), x, z, n));
    kernels.put(
        "unaryGradient", () -> Elementwise.unaryGradient(new Formulas.Relu(), null, x, y, z, n));
    kernels.put("binaryFlat", () -> Elementwise.binaryFlat(new Formulas.Mul(), x, y, z, n));
    kernels.put(
        "binary",
        () ->
            Elementwise.binary(
                new Formulas.Mul(),
                x,
                new long[] {100, 1},
                y,
                new long[] {0, 1},
                z,
                new int[] {300, 100}));
    kernels.put("sum of rows", () -> Reduction.sum(x, z, 13, 1001, 1, 1));
    kernels.put("sum of columns", () -> Reduction.sum(x, z, 1, 130, 93, 1));
    kernels.put("argmax of rows", () -> Reduction.max(x, z, places, 13, 1001, 1));
    kernels.put("argmax of columns", () -> Reduction.max(x, z, places, 1, 130, 93));
    kernels.put("softmax", () -> SoftmaxKernel.softmax(x, z, 130, 93));
    kernels.put("log softmax", () -> SoftmaxKernel.logSoftmax(x, z, 130, 93));
    kernels.put("log softmax gradient", () -> SoftmaxKernel.logSoftmaxGradient(x, y, z, 130, 93));
    Place labels = Place.ofLongs(new long[130]);
    kernels.put(
        "cross entropy gradient",
        () ->
            SoftmaxKernel.crossEntropyGradient(x, false, labels, y, z, null, -100, 0.1f, 130, 93));
    kernels.put(
        "narrow cross entropy",
        () -> SoftmaxKernel.crossEntropy(x, true, labels, z, null, -100, 0.1f, 130, 3));
    kernels.put(
        "narrow cross entropy gradient",
        () -> SoftmaxKernel.crossEntropyGradient(x, true, labels, y, z, null, -100, 0.1f, 130, 3));
    Gemm.Matrix weight = new Gemm.Matrix(y, 0, 60, false);
    kernels.put("linear", () -> FullyConnected.forward(null, x, weight, y, z, 64, 60, 40));
    kernels.put("linear, dx", () -> FullyConnected.inputGradient(x, weight, z, 64, 60, 40));
    kernels.put("linear, dw", () -> WeightGradient.run(x, true, y, z, 64, 60, 40));
    kernels.put("linear, few", () -> WeightGradient.run(x, true, y, z, 64, 3, 40));
    Gemm.Matrix small = new Gemm.Matrix(x, 0, 64, false);
    kernels.put("small product", () -> Gemm.multiply(small, small, z, 64, 64, 64, 0));
    Gemm.Matrix fewRows = new Gemm.Matrix(x, 0, 130, true);
    Gemm.Matrix turned = new Gemm.Matrix(y, 0, 260, true);
    kernels.put("turned product", () -> Gemm.multiply(fewRows, turned, z, 128, 128, 260, 0));
    Place square = Place.floats(264 * 264);
    Place squared = Place.floats(264 * 264);
    Gemm.Matrix medium = new Gemm.Matrix(square, 0, 264, false);
    kernels.put("medium product", () -> Gemm.multiply(medium, medium, squared, 264, 264, 264, 0));
    Place manyFloats = Place.floats(96 * 2048);
    Place wideResult = Place.floats(96 * 2048);
    Gemm.Matrix turnedFirst = new Gemm.Matrix(square, 0, 96, true);
    Gemm.Matrix manyColumns = new Gemm.Matrix(manyFloats, 0, 2048, false);
    kernels.put(
        "medium product, left side turned",
        () -> Gemm.multiply(turnedFirst, manyColumns, wideResult, 96, 2048, 96, 0));
    Gemm.Matrix narrow = new Gemm.Matrix(y, 0, 128, true);
    Gemm.Matrix tall = new Gemm.Matrix(square, 0, 128, false);
    kernels.put("narrow product", () -> Gemm.multiply(tall, narrow, z, 64, 10, 128, 0));
    long left = Operand.address(x);
    long right = Operand.address(y);
    kernels.put(
        "large product",
        () ->
            LargeGemm.multiply(
                true, false, 150, 150, 260, left, 150, right, 150, false, Operand.address(z), 150));
    Pool2dDims two = new Pool2dDims(16, 6, 14, 14, 2, 2, 2, 2, 0, 0, 1, 1, false);
    Pool2dDims three = new Pool2dDims(16, 6, 14, 14, 3, 3, 2, 2, 1, 1, 1, 1, false);
    for (Pool2dDims d : new Pool2dDims[] {two, three}) {
      String size = " " + d.kernelH();
      kernels.put("max pool" + size, () -> Pooling.maxForward(x, z, places, d));
      kernels.put("max pool gradient" + size, () -> Pooling.maxBackward(y, places, z, d));
      kernels.put("max pool gather" + size, () -> Pooling.maxGather(x, places, z, d));
      kernels.put("average pool" + size, () -> Pooling.averageForward(x, z, d, true, 0));
      kernels.put("average pool gradient" + size, () -> Pooling.averageBackward(x, z, d, true, 0));
    }
    Place mean = Place.random(32, random);
    Place inverse = Place.random(32, random);
    Place running = Place.random(32, random);
    for (ChannelDims d :
        new ChannelDims[] {ChannelDims.images(15, 6, 14 * 14), ChannelDims.rows(300, 32)}) {
      String form = d.rows() ? " of rows" : " of images";
      kernels.put(
          "batch statistics" + form,
          () -> BatchNormKernel.statistics(x, mean, inverse, running, running, 0, 1e-5f, d));
      for (float most : new float[] {0, 6, Float.POSITIVE_INFINITY}) {
        boolean relu = most > 0;
        String fused = form + (relu ? " with ReLU, at most " + most : "");
        kernels.put(
            "batch norm" + fused,
            () ->
                BatchNormKernel.normalise(
                    x,
                    mean,
                    mean,
                    mean,
                    inverse,
                    relu ? y : null,
                    relu ? places : null,
                    most,
                    z,
                    d));
        kernels.put(
            "batch norm gradient" + fused,
            () ->
                BatchNormKernel.gradient(
                    x,
                    y,
                    relu ? x : null,
                    mean,
                    mean,
                    inverse,
                    true,
                    z,
                    running,
                    running,
                    null,
                    d));
      }
    }
    kernels.put("adaptive average pool", () -> Pooling.adaptiveForward(x, z, 16, 6, 14, 14, 5, 3));
    kernels.put(
        "adaptive average pool gradient",
        () -> Pooling.adaptiveBackward(x, z, 16, 6, 14, 14, 1, 1));
    kernels.put("normal values", () -> PhiloxFill.normal(Operand.address(z), n, 7, 9, 0, 1));
    kernels.put("dropout", () -> DropoutKernel.forward(x, z, places, n, 0.3f, 7, 9));
    kernels.put("relu and bits", () -> KeptBits.relu(x, places, z, n));
    Place ofRows = Place.floats(130);
    kernels.put("kept", () -> KeptBits.select(x, places, z, n, 1.5f));
    for (Place factor : new Place[] {null, y}) {
      String form = factor == null ? "" : ", weight and bias";
      kernels.put(
          "normal rows" + form,
          () -> RowNormKernel.forward(x, factor, factor, z, places, ofRows, 130, 93, 1e-5f));
      kernels.put(
          "normal rows gradient" + form,
          () ->
              RowNormKernel.gradient(
                  x, y, factor, y, y, z, factor == null ? null : ofRows, null, 130, 93));
    }
    kernels.put("to lanes", () -> Reorder.toLanes(x, z, 16, 6, 14, 14));
    kernels.put("from lanes", () -> Reorder.fromLanes(x, z, 15, 6, 14, 14));
    kernels.put("pad", () -> Reorder.padLanes(x, z, 16, 6, 14, 14, 1, 1, 1, 1));
    kernels.put(
        "transpose", () -> StridedCopy.copy(x, new long[] {1, 111}, new int[] {111, 90}, z, 4));
    Conv2dDims conv = new Conv2dDims(16, 8, 10, 10, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1);
    WinogradTransform four = WinogradTransform.of(4, 3);
    kernels.put("winograd", () -> Winograd.forward(x, y, y, z, conv, four));
    kernels.put("winograd input gradient", () -> Winograd.backwardInput(x, y, z, conv, four));
    kernels.put("winograd weight gradient", () -> new WinogradGradient(x, y, z, conv, four).run());
    Conv2dDims strided = new Conv2dDims(16, 2, 11, 11, 8, 7, 7, 2, 2, 3, 3, 1, 1, 1);
    ConvPhases phases = ConvPhases.of(strided);
    WinogradTransform points = WinogradTransform.of(4, 4);
    kernels.put("strided winograd", () -> phases.forward(x, y, y, z, points));
    kernels.put("strided winograd input gradient", () -> phases.backwardInput(x, y, z, points));
    kernels.put("strided winograd weight gradient", () -> phases.backwardWeight(x, y, z, points));
    Conv2dDims byTwos = new Conv2dDims(16, 8, 10, 10, 8, 3, 3, 2, 2, 1, 1, 1, 1, 1);
    WinogradTransform strideTwo = WinogradTransform.of(4, 3, 2);
    kernels.put("winograd, stride 2", () -> Winograd.forward(x, y, y, z, byTwos, strideTwo));
    kernels.put(
        "winograd input gradient, stride 2",
        () -> Winograd.backwardInput(x, y, z, byTwos, strideTwo));
    kernels.put("convolution", () -> ConvForward.run(x, y, y, z, conv));
    Conv2dDims alone = new Conv2dDims(1, 16, 20, 20, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1);
    kernels.put("convolution of one image", () -> ConvChannelsLast.forward(x, y, y, z, alone));
    kernels.put("convolution input gradient", () -> ConvInputGradient.run(x, y, z, conv));
    kernels.put("convolution weight gradient", () -> ConvWeightGradient.run(x, y, z, conv));
    Conv2dDims few = new Conv2dDims(16, 8, 10, 10, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1);
    kernels.put("convolution weight gradient, few", () -> ConvWeightGradient.run(x, y, z, few));
    Conv2dDims first = new Conv2dDims(16, 3, 10, 10, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1);
    kernels.put(
        "convolution weight gradient, first layer", () -> ConvWeightGradient.run(x, y, z, first));
    Conv2dDims wide = new Conv2dDims(16, 3, 10, 10, 24, 1, 1, 1, 1, 0, 0, 1, 1, 1);
    kernels.put(
        "convolution weight gradient by taps", () -> ConvWeightGradientByTaps.run(x, y, z, wide));
    Conv2dDims deep = new Conv2dDims(16, 8, 10, 10, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8);
    kernels.put("depthwise", () -> Conv2dKernel.forward(x, y, y, z, deep));
    kernels.put("depthwise input gradient", () -> Conv2dKernel.backwardInput(x, y, z, deep));
    kernels.put("depthwise weight gradient", () -> Conv2dKernel.backwardWeight(x, y, z, deep));
    addRecurrent(kernels);
    addOptimizers(kernels, n);
    return kernels;
  }

  /** Steps of 40 values of 20 samples, forward from the same products with inputs, and backward. */
  private void addRecurrent(Map<String, Runnable> kernels) {
    RecurrentKernel.Sizes sizes = new RecurrentKernel.Sizes(6, 20, 40, false);
    UnaryRange tanh = Elementwise.loop(new Tanh());
    UnaryRange sigmoid = Elementwise.loop(new Sigmoid());
    Gemm.Matrix forward = new Gemm.Matrix(y, 0, 40, true);
    Gemm.Matrix backward = new Gemm.Matrix(y, 0, 40, false);
    for (Cell cell : new Cell[] {new LstmCell(sigmoid, tanh), new GruCell(sigmoid, tanh)}) {
      Place gates = Place.floats(6L * 20 * 40 * cell.gates());
      Place kept = Place.floats(6L * 20 * 40);
      Place biases = Place.floats(5L * 40);
      Place state = cell.stateKept() ? x : null;
      kernels.put(
          cell.getClass().getSimpleName(),
          () -> {
            HostCopy.copy(x, gates, 6L * 20 * 40 * cell.gates() * 4);
            RecurrentKernel.forward(cell, forward, y, gates, x, state, z, kept, sizes);
          });
      RecurrentKernel.Gradients wanted =
          new RecurrentKernel.Gradients(z, 40 * cell.gates(), places, null, null, biases);
      kernels.put(
          cell.getClass().getSimpleName() + " gradient",
          () -> RecurrentKernel.backward(cell, backward, x, x, state, x, x, y, wanted, sizes));
    }
  }

  /** Two steps of each, with different numbers, from the same states on. */
  private void addOptimizers(Map<String, Runnable> kernels, int n) {
    Place start = Place.floats(n);
    Place[] states = {Place.floats(n), Place.floats(n), Place.floats(n)};
    for (int i = 0; i < n; i++) {
      // A mean square has no sign, and is more than a squared mean.
      start.set(i, 1 + random.nextFloat());
    }
    List<UpdateFormula> first = UpdateFormulas.all(1);
    List<UpdateFormula> second = UpdateFormulas.all(2);
    OptimizerKernel kernel = new OptimizerKernel();
    for (int i = 0; i < first.size(); i++) {
      UpdateFormula one = first.get(i);
      UpdateFormula two = second.get(i);
      Operand[] used = Arrays.copyOf(states, one.states());
      kernels.put(
          one.getClass().getSimpleName(),
          () -> {
            HostCopy.copy(x, z, 4L * n);
            for (Operand state : used) {
              HostCopy.copy(start, state, 4L * n);
            }
            for (int step = 0; step < 2; step++) {
              kernel.clear();
              kernel.add(step == 0 ? one : two, UpdateSlope.PLAIN, z, y, used, n);
              kernel.run();
            }
          });
    }
  }

  @Test
  void hotKernelsDoNotBoxVectors() {
    int threads = Team.global().threads();
    Team.global().setThreads(1);
    try {
      Map<String, Runnable> kernels = kernels();
      Map<String, Long> open = new LinkedHashMap<>();
      kernels.keySet().forEach(name -> open.put(name, Long.MAX_VALUE));
      long start = System.nanoTime();
      // Each as often as it takes until the compiler is done with it.
      while (!open.isEmpty() && System.nanoTime() - start < DEADLINE_NANOS) {
        kernels.forEach((name, kernel) -> {
          if (open.containsKey(name)) {
            long bytes = bytesPerCall(kernel);
            open.put(name, bytes);
            if (bytes <= BYTES_PER_CALL) {
              open.remove(name);
            }
          }
        });
      }
      assertTrue(open.isEmpty(), () -> "bytes allocated by a call: " + open);
    } finally {
      Team.global().setThreads(threads);
    }
  }

  private static long bytesPerCall(Runnable kernel) {
    long before = HeapMeter.bytes();
    for (int i = 0; i < CALLS; i++) {
      kernel.run();
    }
    return (HeapMeter.bytes() - before) / CALLS;
  }

  @Test
  void resultsDoNotDependOnTheThreads() {
    int threads = Team.global().threads();
    try {
      kernels()
          .forEach((name, kernel) -> {
            Team.global().setThreads(1);
            kernel.run();
            float[] alone = z.toArray();
            Team.global().setThreads(3);
            kernel.run();
            assertArrayEquals(alone, z.toArray(), name);
          });
    } finally {
      Team.global().setThreads(threads);
    }
  }
}
