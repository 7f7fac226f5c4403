package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.vector.Lanes;
import org.jspecify.annotations.Nullable;

/**
 * The transforms of Winograd convolution F(outputs x outputs, taps x taps): in two dimensions each
 * matrix of {@link CookToom} is applied along the columns, then along the rows. F(4x4, 3x3) has 36
 * products for 16 outputs, 4 times fewer than direct convolution; F(4x4, 5x5) 64, 6.25 times fewer;
 * F(2x2, 3x3) and F(2x2, 5x5) 16 and 36 for 4 outputs, 2.25 and 2.8 times fewer; F(5x5, 3x3) 49 for
 * 25, 4.6 times fewer. With a stride of 2 ({@link StridedCookToom}) F(4x4, 3x3) has 81 for 16, 1.8
 * times fewer.
 *
 * <p>All methods work on many items at once, see {@link WinogradLoop}.
 */
public final class WinogradTransform {
  private static final int MOST_OUTPUTS = 5;
  private static final int MOST_TAPS = 5;
  private static final long CACHE_LINE = 64;

  private static final int MOST_STRIDE = 2;

  private static final @Nullable WinogradTransform[][][] MADE =
      new WinogradTransform[MOST_STRIDE + 1][MOST_OUTPUTS + 1][MOST_TAPS + 1];

  /** Outputs in a row of a tile. */
  final int outputs;

  /** Inputs in a row of a tile. */
  final int inputs;

  /** Inputs from one tile to the next. */
  final int step;

  /** Taps in a row of the kernel. */
  final int taps;

  /** Inputs from one output to the next. */
  final int stride;

  /** Points in a row of a tile at which polynomials are multiplied. */
  final int points;

  /** Points of a tile. */
  final int area;

  /** Kinds of points in a row: those of one kind have the same weight. All differ with stride 1. */
  final int kinds;

  /** In backward-data zeros before dy, if dx has no padding; one less for each stride of it. */
  final int padding;

  private final int[] kindOfPoint;
  private final StridedCookToom matrices;
  private final WinogradLoop input;
  private final WinogradLoop output;
  private final WinogradLoop weight;
  private final WinogradLoop outputGradient;
  private final WinogradLoop weightGradient;

  /** For each remainder of the padding by the stride. */
  private final @Nullable WinogradTransform[] inputGradients;

  private WinogradTransform(int outputs, int taps, int stride) {
    matrices = new StridedCookToom(outputs, taps, stride);
    this.outputs = outputs;
    this.taps = taps;
    this.stride = stride;
    inputs = matrices.inputs();
    step = stride * outputs;
    points = matrices.points();
    area = points * points;
    kinds = matrices.kinds();
    padding = taps - 1;
    kindOfPoint = matrices.kind();
    input = WinogradLoopGenerator.of(matrices.input(), false);
    output = WinogradLoopGenerator.of(matrices.output(), false);
    weight = WinogradLoopGenerator.of(matrices.weight(), true);
    outputGradient = WinogradLoopGenerator.of(matrices.outputGradient(), false);
    weightGradient = WinogradLoopGenerator.of(matrices.weightGradient(), false);
    inputGradients = new WinogradTransform[stride];
  }

  /** From dy to dx, tiles of as many dy as the other one has outputs. */
  private WinogradTransform(WinogradTransform of, StridedCookToom.InputGradient gradient) {
    matrices = of.matrices;
    outputs = of.stride * of.outputs;
    taps = of.taps;
    stride = of.stride;
    inputs = gradient.inputs();
    step = of.outputs;
    points = of.points;
    area = of.area;
    kinds = of.kinds;
    padding = gradient.padding();
    kindOfPoint = of.kindOfPoint;
    input = WinogradLoopGenerator.of(gradient.input(), false);
    output = WinogradLoopGenerator.of(gradient.output(), false);
    weight = of.weight;
    outputGradient = of.outputGradient;
    weightGradient = of.weightGradient;
    inputGradients = of.inputGradients;
  }

  /** F(outputs x outputs, taps x taps): 2, 4 or (with 3 taps) 5 outputs, 2 to 5 taps. */
  public static WinogradTransform of(int outputs, int taps) {
    return of(outputs, taps, 1);
  }

  /** The same with a stride of 1 or 2, and then 3 taps or more. */
  public static synchronized WinogradTransform of(int outputs, int taps, int stride) {
    WinogradTransform made = MADE[stride][outputs][taps];
    if (made == null) {
      made = new WinogradTransform(outputs, taps, stride);
      MADE[stride][outputs][taps] = made;
    }
    return made;
  }

  /**
   * The transform of backward-data, whose inputs are dy and whose outputs are dx. With stride 1 it
   * is this one.
   *
   * @param padding of the convolution
   */
  WinogradTransform inputGradient(int padding) {
    if (stride == 1) {
      return this;
    }
    synchronized (WinogradTransform.class) {
      WinogradTransform made = inputGradients[padding % stride];
      if (made == null) {
        made = new WinogradTransform(this, matrices.new InputGradient(padding % stride));
        inputGradients[padding % stride] = made;
      }
      return made;
    }
  }

  /** Which of the {@code kinds * kinds} weights is that of a point. */
  int kind(int point) {
    return kindOfPoint[point / points] * kinds + kindOfPoint[point % points];
  }

  /**
   * The point whose product is added to every output with factor one: (1, 1). A bias that is added
   * there is added to the whole tile.
   */
  int biasPoint() {
    return points + 1;
  }

  /**
   * Bytes from the matrix of one point to that of the next: some odd number of cache lines more
   * than it has, since transforms write to all points at a time, and with sizes that are powers of
   * two these would share one set of the cache.
   */
  static long stride(long matrixBytes) {
    return matrixBytes + 13 * CACHE_LINE;
  }

  /** Bᵀ: inputs to points. */
  void input(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    input.run(from, fromStride, fromStep, to, toStride, toStep, n, Lanes.L);
  }

  /** Aᵀ: points to outputs. */
  void output(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    output.run(from, fromStride, fromStep, to, toStride, toStep, n, Lanes.L);
  }

  /** G: taps to points. Only the first {@code lanes} lanes are written. */
  void weight(
      long from,
      long fromStride,
      long fromStep,
      long to,
      long toStride,
      long toStep,
      int n,
      int lanes) {
    weight.run(from, fromStride, fromStep, to, toStride, toStep, n, lanes);
  }

  /** A: gradients of outputs to points. */
  void outputGradient(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    outputGradient.run(from, fromStride, fromStep, to, toStride, toStep, n, Lanes.L);
  }

  /** Gᵀ: points to gradients of taps. */
  void weightGradient(
      long from, long fromStride, long fromStep, long to, long toStride, long toStep, int n) {
    weightGradient.run(from, fromStride, fromStep, to, toStride, toStep, n, Lanes.L);
  }
}
