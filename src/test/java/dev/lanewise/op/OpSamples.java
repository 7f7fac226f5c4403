package dev.lanewise.op;

import dev.lanewise.op.Sample.Constant;
import dev.lanewise.op.Sample.Input;
import dev.lanewise.op.Sample.Numbers;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * Calls of every op of the catalogue, good and bad ones. Whoever adds an op adds it here: {@link
 * OpCatalogueTest} fails until it is, and then every test that walks the samples tests it.
 *
 * <p>Values keep away from kinks, poles and ties by more than the step of the gradient check.
 */
final class OpSamples {
  private final Random random = new Random(42);
  private final List<Sample> samples = new ArrayList<>();

  private OpSamples() {}

  /** A call that must be refused, and a part of the one sentence that says why. */
  record Bad(Class<? extends Op> op, Runnable call, String message) {
    @Override
    public String toString() {
      return op.getSimpleName() + ": " + message;
    }
  }

  /** All samples, images among them in a batch of three. */
  static List<Sample> all() {
    OpSamples all = new OpSamples();
    all.elementwise();
    all.pairs();
    all.products();
    all.reductions();
    all.views();
    all.rows();
    all.imageOps(3);
    return all.samples;
  }

  /** Samples whose images come in a batch of {@code n}. */
  static List<Sample> images(int n) {
    OpSamples images = new OpSamples();
    images.imageOps(n);
    return images.samples;
  }

  private void elementwise() {
    for (int[] dims : new int[][] {{}, {7}, {3, 5}}) {
      unary(Shape.of(dims).toString(), dims);
    }
  }

  private void unary(String variant, int... dims) {
    add(new Neg(), variant, normal(dims));
    add(new Exp(), variant, normal(dims));
    add(new Log(), variant, positive(dims));
    add(new Sqrt(), variant, positive(dims));
    add(new Sin(), variant, normal(dims));
    add(new Cos(), variant, normal(dims));
    add(new Sigmoid(), variant, normal(dims));
    add(new Tanh(), variant, normal(dims));
    add(new Relu(), variant, awayFromZero(dims));
    add(new Step(), variant, awayFromZero(dims));
  }

  private void pairs() {
    binary("same shape", new int[] {3, 4}, new int[] {3, 4});
    binary("rows", new int[] {3, 4}, new int[] {4});
    binary("both stretch", new int[] {2, 1, 5}, new int[] {3, 1});
    binary("scalar right", new int[] {2, 3}, new int[] {});
    binary("scalar left", new int[] {}, new int[] {2, 3});
    binary("two scalars", new int[] {}, new int[] {});
  }

  private void binary(String variant, int[] a, int[] b) {
    add(new Add(), variant, normal(a), normal(b));
    add(new Sub(), variant, normal(a), normal(b));
    add(new Mul(), variant, normal(a), normal(b));
    add(new Div(), variant, normal(a), positive(b));
    add(new Pow(), variant, positive(a), normal(b));
    add(new Pow.BaseGradient(), variant, positive(a), positive(b));
    add(new Pow.ExponentGradient(), variant, positive(a), positive(b));
  }

  private void products() {
    add(new MatMul(), "matrices", normal(3, 4), normal(4, 5));
    add(new MatMul(), "row by column", normal(1, 3), normal(3, 1));
    add(new MatMul(), "odd sizes", normal(17, 33), normal(33, 9));
    add(new MatMul(), "batch by matrix", normal(2, 3, 4), normal(4, 5));
    add(new MatMul(), "batches stretch", normal(2, 1, 3, 4), normal(5, 4, 2));
    add(new Linear(), "with bias", normal(5, 7), normal(3, 7), normal(3));
    add(new Linear(), "without bias", normal(2, 4), normal(6, 4));
    add(new Linear(), "one by one", normal(1, 1), normal(1, 1), normal(1));
  }

  private void reductions() {
    Shape shape = Shape.of(2, 3, 4);
    for (int[] dims : new int[][] {{}, {0}, {1}, {2}, {0, 2}, {0, 1}, {1, 2}}) {
      Axes axes = Axes.of("sum", shape, dims);
      String variant = "over " + (dims.length == 0 ? "all" : Shape.of(dims));
      add(new Sum(axes, false, false), variant, normal(2, 3, 4));
      add(new Sum(axes, true, false), variant + " kept", normal(2, 3, 4));
      add(new Sum(axes, false, true), variant, normal(2, 3, 4));
    }
    add(new Sum(new Axes(0), false, false), "of a scalar", normal());
    add(new Max(), "rows", spaced(4, 5));
    add(new Max(), "one column", spaced(3, 1));
    add(new Max(), "one row", spaced(1, 40));
    add(new Max.Gather(), "rows", normal(3, 4), indices(4, 3));
    add(new Max.Scatter(4), "rows", normal(3), indices(4, 3));
  }

  private void views() {
    add(new Reshape(Shape.of(3, 4)), "[2, 6] to [3, 4]", normal(2, 6));
    add(new Reshape(Shape.of()), "[1, 1] to scalar", normal(1, 1));
    add(new Permute(List.of(2, 0, 1)), "[2, 3, 4]", normal(2, 3, 4));
    add(new Permute(List.of(1, 0)), "[5, 3]", normal(5, 3));
    add(new Permute(List.of()), "scalar", normal());
    add(new Expand(Shape.of(2, 3, 4)), "[3, 1] to [2, 3, 4]", normal(3, 1));
    add(new Expand(Shape.of(5)), "scalar to [5]", normal());
    Slice everySecond = new Slice(1, 1, 6, 2);
    add(everySecond, "every second", normal(3, 6));
    add(new Slice(0, 1, 3, 1), "rows", normal(4, 2));
    add(new Slice(0, 2, 2, 1), "nothing", normal(4, 2));
    add(new Slice.Gradient(everySecond, Shape.of(3, 6)), "every second", normal(3, 3));
    add(new Slice.Gradient(new Slice(0, 1, 3, 1), Shape.of(4, 2)), "rows", normal(2, 2));
    add(new Concat(0), "three along 0", normal(2, 3), normal(1, 3), normal(4, 3));
    add(new Concat(1), "three along 1", normal(2, 3), normal(2, 1), normal(2, 4));
    add(new Concat(0), "one", normal(3));
  }

  private void rows() {
    for (int[] dims : new int[][] {{3, 5}, {2, 1}, {1, 19}, {5, 33}}) {
      add(new Softmax(), Shape.of(dims).toString(), normal(dims));
      add(new LogSoftmax(), Shape.of(dims).toString(), normal(dims));
    }
    CrossEntropy plain = new CrossEntropy(CrossEntropy.NONE, 0);
    CrossEntropy smooth = new CrossEntropy(CrossEntropy.NONE, 0.1f);
    add(plain, "plain", normal(4, 5), indices(5, 4));
    add(plain, "weighted", normal(4, 5), indices(5, 4), frozen(positive(5)));
    add(smooth, "smoothed", normal(3, 19), indices(19, 3));
    add(smooth, "smoothed and weighted", normal(3, 4), indices(4, 3), frozen(positive(4)));
    add(new CrossEntropy(1, 0), "ignoring a label", normal(6, 3), indices(3, 6));
    add(new CrossEntropy(-100, 0.2f), "ignoring all", normal(2, 3), labels(-100, -100));
  }

  private void imageOps(int n) {
    String batch = "batch " + n;
    unary(batch, n, 2, 3, 3);
    binary(batch, new int[] {n, 2, 3, 3}, new int[] {n, 2, 3, 3});
    binary(batch + ", a channel each", new int[] {n, 2, 3, 3}, new int[] {1, 2, 1, 1});
    binary(batch + ", an image each", new int[] {n, 1, 1, 1}, new int[] {n, 2, 2, 1});
    binary(batch + ", by a scalar", new int[] {n, 2, 3, 1}, new int[] {});
    binary(batch + ", to a scalar", new int[] {}, new int[] {n, 2, 3, 1});
    binary(batch + ", by a single pixel", new int[] {n, 2, 3, 1}, new int[] {1, 1, 1, 1});
    binary(batch + ", by more dimensions", new int[] {n, 1, 2, 2}, new int[] {1, 1, 1, 1, 1});

    Shape image = Shape.of(n, 2, 3, 3);
    add(new Sum(Axes.of("sum", image, 0, 2, 3), false, false), batch, normal(n, 2, 3, 3));
    add(new Sum(Axes.of("sum", image, 0, 2, 3), true, true), batch, normal(n, 2, 3, 3));
    add(new Sum(Axes.of("sum", image, 1, 3), false, true), batch, normal(n, 2, 3, 3));
    add(new Reshape(Shape.of(n, 18)), batch, normal(n, 2, 3, 3));
    add(new Permute(List.of(0, 2, 3, 1)), batch, normal(n, 2, 3, 3));
    add(new Expand(Shape.of(n, 2, 3, 3)), batch, normal(n, 2, 1, 1));
    add(new Slice(1, 1, 2, 1), batch, normal(n, 2, 3, 3));
    add(new Concat(1), batch, normal(n, 2, 3, 3), normal(n, 1, 3, 3));

    convolutions(n, batch);
    poolings(n, batch);
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
  }

  private void average(int n, AvgPool2d pool, String batch) {
    Shape x = Shape.of(n, 2, 5, 3);
    Shape y = pool.shape(x);
    add(pool, batch + " " + pool, normal(x.toArray()));
    add(new AvgPool2d.Gradient(pool, x), batch + " " + pool, normal(y.toArray()));
  }

  private void add(Op op, String variant, Input... inputs) {
    samples.add(Sample.of(op, variant, inputs));
  }

  // ---- inputs

  private Numbers numbers(DoubleSupplier source, int... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) source.getAsDouble();
    }
    return new Numbers(shape, values);
  }

  private Numbers normal(int... dims) {
    return numbers(() -> Math.clamp(random.nextGaussian(), -2, 2), dims);
  }

  private Numbers positive(int... dims) {
    return numbers(() -> 0.6 + random.nextDouble() * 1.5, dims);
  }

  private Numbers awayFromZero(int... dims) {
    return numbers(() -> (random.nextBoolean() ? 1 : -1) * (0.1 + random.nextDouble()), dims);
  }

  /** No two values closer than 0.05, in random order. */
  private Numbers spaced(int... dims) {
    Numbers numbers = numbers(() -> 0, dims);
    float[] values = numbers.values();
    for (int i = 0; i < values.length; i++) {
      int other = random.nextInt(i + 1);
      values[i] = values[other];
      values[other] = 0.05f * (i - values.length / 2);
    }
    return numbers;
  }

  private Constant indices(int below, int count) {
    return labels(random.longs(count, 0, below).toArray());
  }

  private static Constant labels(long... values) {
    return new Constant(Shape.of(values.length), () -> Tensor.ofLongs(values, values.length));
  }

  private static Constant frozen(Numbers numbers) {
    return new Constant(numbers.shape(), numbers::make);
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

  // ---- calls that must be refused

  /** At least one for every op that does not take all shapes. */
  static List<Bad> bad() {
    List<Bad> bad = new ArrayList<>();
    Shape image = Shape.of(2, 4, 5, 5);
    Conv2d conv = Conv2d.standard();
    for (BinaryOp op :
        List.of(
            new Add(),
            new Sub(),
            new Mul(),
            new Div(),
            new Pow(),
            new Pow.BaseGradient(),
            new Pow.ExponentGradient())) {
      bad.add(shapes(op, "do not broadcast: dimension -1 is 3 and 4", Shape.of(2, 3), Shape.of(4)));
    }
    bad.add(shapes(new MatMul(), "last but one", Shape.of(2, 3), Shape.of(4, 2)));
    bad.add(shapes(new MatMul(), "[3] must equal", Shape.of(3), Shape.of(3, 2)));
    bad.add(shapes(new MatMul(), "do not broadcast", Shape.of(2, 3, 4), Shape.of(3, 4, 5)));
    bad.add(shapes(new Linear(), "weight [out, in]", Shape.of(3), Shape.of(2, 3)));
    bad.add(shapes(new Linear(), "7 features, weight expects 6", Shape.of(2, 7), Shape.of(3, 6)));
    bad.add(
        shapes(
            new Linear(), "bias must have shape [3]", Shape.of(2, 7), Shape.of(3, 7), Shape.of(2)));
    bad.add(
        new Bad(
            Sum.class,
            () -> Tensor.zeros(2, 3).sum(2),
            "sum: dimension 2 does not exist in shape [2, 3]"));
    bad.add(
        new Bad(
            Sum.class, () -> Tensor.zeros(2, 3).mean(1, -1), "mean: dimension -1 is named twice"));
    bad.add(shapes(new Max(), "nothing to take the maximum of", Shape.of(3, 0)));
    bad.add(shapes(new Max.Gather(), "one index a row", Shape.of(3, 4), Shape.of(2)));
    bad.add(shapes(new Max.Scatter(4), "one index a row", Shape.of(3), Shape.of(2)));
    bad.add(
        shapes(
            new Reshape(Shape.of(4, 2)),
            "[2, 3] of 6 elements does not fit [4, 2]",
            Shape.of(2, 3)));
    bad.add(
        new Bad(Reshape.class, () -> Tensor.zeros(2, 3).reshape(4, -1), "does not fit [4, -1]"));
    bad.add(shapes(new Permute(List.of(0, 0)), "must name each dimension", Shape.of(2, 3)));
    bad.add(shapes(new Permute(List.of(0, 5)), "dimension 5 does not exist", Shape.of(2, 3)));
    bad.add(
        shapes(
            new Expand(Shape.of(2, 4)),
            "do not broadcast: dimension -1 is 3 and 4",
            Shape.of(2, 3)));
    bad.add(shapes(new Expand(Shape.of(3)), "does not stretch to [3]", Shape.of(1, 3)));
    Slice slice = new Slice(1, 1, 4, 1);
    bad.add(shapes(slice, "1:4:1 does not lie in dimension 1", Shape.of(2, 3)));
    bad.add(new Bad(Slice.class, () -> Tensor.zeros(4).slice(0, 0, 4, 0), "range 0:4:0"));
    bad.add(
        shapes(new Slice.Gradient(slice, Shape.of(2, 5)), "expected shape [2, 3]", Shape.of(2, 2)));
    bad.add(shapes(new Concat(0), "needs at least one tensor"));
    bad.add(shapes(new Concat(0), "tensor 1 has shape [2, 4]", Shape.of(2, 3), Shape.of(2, 4)));
    bad.add(shapes(conv, "weight [K, C/groups, R, S]", Shape.of(4, 5, 5), Shape.of(3, 4, 3, 3)));
    bad.add(shapes(conv, "input has 4 channels, weight expects 3", image, Shape.of(3, 3, 3, 3)));
    bad.add(shapes(conv, "larger than the padded input", image, Shape.of(3, 4, 6, 3)));
    bad.add(shapes(conv, "bias must have shape [3]", image, Shape.of(3, 4, 3, 3), Shape.of(4)));
    bad.add(shapes(conv.groups(3), "3 groups do not divide 4", image, Shape.of(3, 4, 3, 3)));
    bad.add(new Bad(Conv2d.class, () -> conv.stride(0), "must be at least 1, found stride 0x0"));
    bad.add(new Bad(Conv2d.class, () -> conv.padding(-1), "padding must be at least 0"));
    bad.add(
        shapes(
            new Conv2d.InputGradient(conv, image),
            "must have shape [2, 3, 3, 3]",
            Shape.of(2, 3, 4, 3),
            Shape.of(3, 4, 3, 3)));
    bad.add(
        shapes(
            new Conv2d.WeightGradient(conv, Shape.of(3, 4, 3, 3)),
            "must have shape [2, 3, 3, 3]",
            image,
            Shape.of(2, 3, 4, 3)));
    Window six = Window.of(6);
    Window two = Window.of(2);
    bad.add(shapes(new MaxPool2d(six), "a window of 6x6", image));
    bad.add(shapes(new MaxPool2d(two), "must be [N, C, H, W]", Shape.of(4, 5, 5)));
    bad.add(new Bad(MaxPool2d.class, () -> two.padding(2), "padding must be from 0 to half"));
    bad.add(shapes(new MaxPool2d.Gradient(two, image), "must have shape [2, 4, 2, 2]", image));
    bad.add(shapes(new MaxPool2d.Gather(six), "a window of 6x6", image));
    bad.add(shapes(new AvgPool2d(six, true, 0), "a window of 6x6", image));
    bad.add(new Bad(AvgPool2d.class, () -> new AvgPool2d(two, true, -1), "the divisor at least 0"));
    bad.add(
        shapes(
            new AvgPool2d.Gradient(new AvgPool2d(two, true, 0), image),
            "must have shape [2, 4, 2, 2]",
            image));
    bad.add(shapes(new Softmax(), "rows of at least one element", Shape.of(3, 0)));
    bad.add(shapes(new LogSoftmax(), "rows of at least one element", Shape.of(3)));
    CrossEntropy loss = new CrossEntropy(CrossEntropy.NONE, 0);
    bad.add(shapes(loss, "logits must be [N, C]", Shape.of(3), Shape.of(3)));
    bad.add(shapes(loss, "4 rows of logits need as many labels", Shape.of(4, 5), Shape.of(3)));
    bad.add(
        shapes(loss, "5 classes need as many weights", Shape.of(4, 5), Shape.of(4), Shape.of(4)));
    bad.add(
        new Bad(
            CrossEntropy.class,
            () -> Tensor.zeros(2, 5).crossEntropy(Tensor.ofLongs(new long[] {1, 5}, 2)),
            "label 5 of row 1 is not one of 5 classes"));
    bad.add(
        new Bad(
            CrossEntropy.class,
            () -> Tensor.zeros(2, 5).crossEntropy(Tensor.zeros(2)),
            "labels must be INT64"));
    bad.add(
        new Bad(
            CrossEntropy.class,
            () -> new CrossEntropy(CrossEntropy.NONE, 1.5f),
            "label smoothing must lie in 0..1"));
    return bad;
  }

  private static Bad shapes(Op op, String message, Shape... shapes) {
    return new Bad(op.getClass(), () -> op.shape(shapes), message);
  }
}
