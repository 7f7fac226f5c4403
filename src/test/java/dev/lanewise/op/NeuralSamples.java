package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.op.Sample.Constant;
import dev.lanewise.op.Sample.Numbers;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Objects;

/** Calls of convolution, pooling, normalisation. */
final class NeuralSamples extends SampleSet {
  @Override
  void samples() {
    for (boolean training : new boolean[] {true, false}) {
      batchNorm(training, "rows", 6, 3);
      batchNorm(training, "whole vectors", 5, Lanes.L);
    }
    for (int[] dims : new int[][] {{3, 5}, {2, 1}, {1, 19}, {5, 33}}) {
      add(new NormalizeRows(true, 1e-2f), Shape.of(dims).toString(), normal(dims));
      add(new NormalizeRows(false, 1e-2f), Shape.of(dims) + " not centred", normal(dims));
    }
    for (int[] dims : new int[][] {{3, 5}, {1, 19}, {5, 33}, {300, 3}}) {
      scaledRows(true, Shape.of(dims).toString(), dims);
      scaledRows(false, Shape.of(dims) + " not centred", dims);
    }
    dropout("rows", 7, 90);
    dropout("scalar");
  }

  @Override
  void images(int n) {
    String batch = "batch " + n;
    convolutions(n, batch);
    poolings(n, batch);
    for (boolean training : new boolean[] {true, false}) {
      batchNorm(training, batch, n, 2, 3, 2);
    }
    dropout(batch, n, 2, 4, 3);
  }

  private void scaledRows(boolean centred, String variant, int... dims) {
    NormalizeRows op = new NormalizeRows(centred, 1e-2f);
    int columns = dims[1];
    add(op, variant + ", weight", normal(dims), normal(columns));
    add(op, variant + ", weight and bias", normal(dims), normal(columns), normal(columns));
  }

  private void dropout(String variant, int... dims) {
    for (float p : new float[] {0, 0.3f, 1}) {
      Dropout op = new Dropout(p, 3, 5);
      Numbers x = normal(dims);
      Constant mask =
          new Constant(
              Shape.of(1),
              () ->
                  Objects.requireNonNull(Tensor.apply(op, x.make().requireGrad()).node()).saved(0));
      add(op, variant + " " + p, x);
      add(new Kept.Gradient(p < 1 ? 1 / (1 - p) : 0), variant + " " + p, normal(dims), mask);
    }
  }

  private void batchNorm(boolean training, String variant, int... dims) {
    int c = dims[1];
    for (Rectifier rectifier : Rectifier.values()) {
      BatchNorm op = new BatchNorm(training, 0.1f, 1e-2f, rectifier);
      String full = variant + " " + op;
      // Results keep away from where they are cut off, on either side of it.
      double[] centres =
          switch (rectifier) {
            case NONE -> new double[] {-0.5, 0.7, 0.1};
            case RELU -> new double[] {-9, 9};
            case RELU6 -> new double[] {-9, 3, 12};
          };
      int[] channel = {0};
      Numbers bias = numbers(() -> centres[channel[0]++ % centres.length], c);
      Numbers weight = rectifier == Rectifier.RELU6 ? numbers(() -> 0.08, c) : positive(c);
      Constant mean = frozen(normal(c));
      Constant variance = frozen(positive(c));
      add(op, full, normal(dims), weight, bias, mean, variance);
      add(op, full + " residual", normal(dims), weight, bias, mean, variance, normal(dims));
    }
  }

  @Override
  void refused() {
    Shape image = Shape.of(2, 4, 5, 5);
    Conv2d conv = Conv2d.standard();
    bad(conv, "weight [K, C/groups, R, S]", Shape.of(4, 5, 5), Shape.of(3, 4, 3, 3));
    bad(conv, "input has 4 channels, weight expects 3", image, Shape.of(3, 3, 3, 3));
    bad(conv, "larger than the padded input", image, Shape.of(3, 4, 6, 3));
    bad(conv, "bias must have shape [3]", image, Shape.of(3, 4, 3, 3), Shape.of(4));
    bad(conv.groups(3), "3 groups do not divide 4", image, Shape.of(3, 4, 3, 3));
    bad(Conv2d.class, () -> conv.stride(0), "must be at least 1, found stride 0x0");
    bad(Conv2d.class, () -> conv.padding(-1), "padding must be at least 0");
    bad(
        new Conv2d.InputGradient(conv, image),
        "must have shape [2, 3, 3, 3]",
        Shape.of(2, 3, 4, 3),
        Shape.of(3, 4, 3, 3));
    bad(
        new Conv2d.WeightGradient(conv, Shape.of(3, 4, 3, 3)),
        "must have shape [2, 3, 3, 3]",
        image,
        Shape.of(2, 3, 4, 3));
    BatchNorm norm = new BatchNorm(true, 0.1f, 1e-5f, Rectifier.NONE);
    Shape four = Shape.of(4);
    bad(norm, "must be [N, C] or [N, C, H, W]", Shape.of(3), four, four, four, four);
    bad(norm, "running mean must have shape [4], found [3]", image, four, four, Shape.of(3), four);
    bad(norm, "residual must have the shape", image, four, four, four, four, Shape.of(2, 4));
    bad(norm, "more than one value a channel", Shape.of(1, 4), four, four, four, four);
    bad(
        BatchNorm.class,
        () -> new BatchNorm(true, 2, 0, Rectifier.NONE),
        "momentum must lie in 0..1");
    bad(new AdaptiveAvgPool2d(2, 2), "must be [N, C, H, W]", Shape.of(4, 5, 5));
    bad(AdaptiveAvgPool2d.class, () -> new AdaptiveAvgPool2d(0, 2), "found 0x2");
    bad(
        new AdaptiveAvgPool2d.Gradient(new AdaptiveAvgPool2d(2, 2), image),
        "must have shape [2, 4, 2, 2]",
        image);
    bad(Dropout.class, () -> new Dropout(1.1f, 0, 0), "must lie in 0..1");
    bad(new Kept.Gradient(2), "needs a mask of 64 bytes", Shape.of(5), Shape.of(5));
    bad(
        Kept.Gradient.class,
        () -> new Kept.Gradient(Float.NaN),
        "keptGradient: the scale must be finite and not below 0, found NaN");
    NormalizeRows rows = new NormalizeRows(true, 1e-5f);
    bad(rows, "rows of at least one element", Shape.of(3, 0));
    bad(rows, "elements, so weight must have shape [4], found [3]", Shape.of(2, 4), Shape.of(3));
    bad(rows, "so bias must have shape [4], found [4, 1]", Shape.of(2, 4), four, Shape.of(4, 1));
    bad(NormalizeRows.class, () -> new NormalizeRows(true, -1), "eps must not be negative");
    bad(
        NormalizeRows.class,
        () -> Tensor.zeros(2, 3).layerNorm(new int[] {2}, null, null, 0),
        "layerNorm: the last dimensions of the input [2, 3] must be [2]");
    bad(
        NormalizeRows.class,
        () -> Tensor.zeros(2, 3).layerNorm(new int[] {3}, null, Tensor.zeros(2), 0),
        "layerNorm: bias must have shape [3], found [2]");
    bad(
        NormalizeRows.class,
        () -> Tensor.zeros(2, 3).groupNorm(2, null, null, 0),
        "C a multiple of 2 groups, found [2, 3]");
    Window six = Window.of(6);
    Window two = Window.of(2);
    bad(new MaxPool2d(six), "a window of 6x6", image);
    bad(new MaxPool2d(two), "must be [N, C, H, W]", Shape.of(4, 5, 5));
    bad(MaxPool2d.class, () -> two.padding(2), "padding must be from 0 to half");
    bad(new MaxPool2d.Gradient(two, image), "must have shape [2, 4, 2, 2]", image);
    bad(new MaxPool2d.Gather(six), "a window of 6x6", image);
    bad(new AvgPool2d(six, true, 0), "a window of 6x6", image);
    bad(AvgPool2d.class, () -> new AvgPool2d(two, true, -1), "the divisor at least 0");
    bad(
        new AvgPool2d.Gradient(new AvgPool2d(two, true, 0), image),
        "must have shape [2, 4, 2, 2]",
        image);
  }

  private void convolutions(int n, String batch) {
    Conv2d standard = Conv2d.standard();
    convolution(standard, batch + " 3x3", new int[] {n, 2, 5, 4}, new int[] {3, 2, 3, 3});
    convolution(standard, batch + " 1x1", new int[] {n, 3, 2, 3}, new int[] {4, 3, 1, 1});
    convolution(
        new Conv2d(2, 1, 1, 2, 1, 2, 1), batch, new int[] {n, 2, 5, 4}, new int[] {3, 2, 3, 2});
    convolution(
        standard.padding(1).groups(2), batch, new int[] {n, 4, 4, 3}, new int[] {6, 2, 3, 3});
    convolution(
        standard.stride(2).padding(2).groups(3),
        batch + " depthwise",
        new int[] {n, 3, 5, 5},
        new int[] {3, 1, 5, 5});
  }

  private void convolution(Conv2d conv, String variant, int[] x, int[] w) {
    String full = variant + " " + conv;
    Shape y = conv.shape(Shape.of(x), Shape.of(w));
    add(conv, full, normal(x), normal(w));
    add(conv, full + " with bias", normal(x), normal(w), normal(w[0]));
    add(new Conv2d.InputGradient(conv, Shape.of(x)), full, normal(y.toArray()), normal(w));
    add(new Conv2d.WeightGradient(conv, Shape.of(w)), full, normal(x), normal(y.toArray()));
  }

  private void poolings(int n, String batch) {
    Window overlapping = new Window(3, 2, 2, 1, 1, 1, 1, 1, false);
    Window hanging = new Window(2, 2, 2, 2, 0, 0, 1, 1, true);
    Window dilated = new Window(2, 2, 1, 1, 0, 0, 2, 1, false);
    for (Window window : List.of(Window.of(2), overlapping, hanging, dilated)) {
      String variant = batch + " " + window;
      Shape y = new MaxPool2d(window).shape(Shape.of(n, 2, 5, 3));
      Numbers x = spaced(n, 2, 5, 3);
      Constant argmax = argmax(window, x);
      add(new MaxPool2d(window), variant, x);
      add(new MaxPool2d.Gradient(window, x.shape()), variant, normal(y.toArray()), argmax);
      add(new MaxPool2d.Gather(window), variant, normal(n, 2, 5, 3), argmax);
    }
    for (boolean countPadding : new boolean[] {true, false}) {
      for (Window window : List.of(Window.of(2), overlapping, hanging)) {
        average(n, new AvgPool2d(window, countPadding, 0), batch);
      }
    }
    average(n, new AvgPool2d(overlapping, true, 5), batch);
    for (int[] size : new int[][] {{1, 1}, {2, 2}, {3, 5}, {7, 2}}) {
      AdaptiveAvgPool2d pool = new AdaptiveAvgPool2d(size[0], size[1]);
      Shape x = Shape.of(n, 2, 6, 5);
      String full = batch + " " + pool;
      add(pool, full, normal(x.toArray()));
      add(new AdaptiveAvgPool2d.Gradient(pool, x), full, normal(pool.shape(x).toArray()));
    }
  }

  private void average(int n, AvgPool2d pool, String batch) {
    Shape x = Shape.of(n, 2, 5, 3);
    Shape y = pool.shape(x);
    add(pool, batch + " " + pool, normal(x.toArray()));
    add(new AvgPool2d.Gradient(pool, x), batch + " " + pool, normal(y.toArray()));
  }

  /** Where the maxima of the windows of {@code x} stand, as the kernel stores it. */
  private static Constant argmax(Window window, Numbers x) {
    return new Constant(
        Shape.of(1),
        () -> {
          Tensor y = x.make().requireGrad().maxPool2d(window);
          return Objects.requireNonNull(y.node()).saved(0);
        });
  }
}
