package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernels;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Some neighbouring outputs of a depthwise convolution, and the columns of its input that they are
 * computed from: column i step + u tapStep, counted from the first one of the first output, for tap
 * u of output i. What lies on padding is left out, so a tile at the border is a tile of its own.
 *
 * @param outputs side by side
 * @param taps of a row of the weight
 * @param step columns from output to output
 * @param tapStep columns from tap to tap
 * @param weightStep floats from tap to tap in the weights
 * @param from the first column inside the image
 * @param to the column after the last one inside the image
 * @param start what sums begin with; gradients add to what is there
 */
record DepthwiseTile(
    int outputs, int taps, int step, int tapStep, int weightStep, int from, int to, Start start) {
  private static final Map<DepthwiseTile, Sums> SUMS = new ConcurrentHashMap<>();
  private static final Map<DepthwiseTile, Gradients> GRADIENTS = new ConcurrentHashMap<>();

  /** What a sum begins with. */
  enum Start {
    ZERO,
    BIAS,
    /** What stands where it goes. */
    OUTPUT
  }

  /** Forward, and backward to the input. */
  @FunctionalInterface
  public interface Sums {
    /**
     * For all channels, output i = its start + Σ over rows and taps of weight · input. Addresses
     * are raw, everything but counts is bytes.
     *
     * @param x column 0 of the first row of taps
     * @param pixel from column to column
     * @param row from a row of taps to the next
     * @param channel from channel to channel
     * @param rows of taps
     * @param weights tap 0 of the first row
     * @param weightRow from a row of taps to the next
     * @param weightChannel from channel to channel
     * @param y the first output
     * @param yPixel from output to output
     * @param yChannel from channel to channel
     * @param biases a float, if sums begin with one
     * @param biasChannel from channel to channel
     */
    void run(
        long x,
        long pixel,
        long row,
        long channel,
        int rows,
        long weights,
        long weightRow,
        long weightChannel,
        int channels,
        long y,
        long yPixel,
        long yChannel,
        long biases,
        long biasChannel);
  }

  /** Backward to the weight. */
  @FunctionalInterface
  public interface Gradients {
    /**
     * For all channels, rows and taps u, sum u += Σ over outputs of the gradient · input, lane by
     * lane; the sums of the taps of a row follow each other.
     *
     * @param x column 0 of the first row of taps
     * @param pixel from column to column
     * @param row from a row of taps to the next
     * @param channel from channel to channel
     * @param rows of taps
     * @param dy of the first output
     * @param dyPixel from output to output
     * @param dyChannel from channel to channel
     * @param sums of the first row of taps
     * @param sumRow from a row of taps to the next
     * @param sumChannel from channel to channel
     */
    void run(
        long x,
        long pixel,
        long row,
        long channel,
        int rows,
        long dy,
        long dyPixel,
        long dyChannel,
        int channels,
        long sums,
        long sumRow,
        long sumChannel);
  }

  /** With columns from 0 to the last one only, so that equal tiles are equal. */
  DepthwiseTile cut() {
    int first = Math.min(from, columns());
    int last = Math.clamp(to, first, columns());
    return new DepthwiseTile(outputs, taps, step, tapStep, weightStep, first, last, start);
  }

  /** The column of a product. */
  int column(int output, int tap) {
    return output * step + tap * tapStep;
  }

  /** Whether the product is of something inside the image. */
  boolean inside(int output, int tap) {
    int column = column(output, tap);
    return column >= from && column < to;
  }

  /** All columns, with those on padding and between the taps. */
  int columns() {
    return taps == 0 ? 0 : column(outputs - 1, taps - 1) + 1;
  }

  Sums sums() {
    return SUMS.computeIfAbsent(
        this,
        tile -> BlockKernels.anyBlock() ? DepthwiseGenerator.sums(tile) : new DepthwiseLoops(tile));
  }

  Gradients gradients() {
    return GRADIENTS.computeIfAbsent(
        this,
        tile ->
            BlockKernels.anyBlock()
                ? DepthwiseGenerator.gradients(tile)
                : new DepthwiseLoops(tile));
  }
}
