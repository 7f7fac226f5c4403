package dev.lanewise.kernel.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generated tiles have the bits of the loops that go output by output. */
@ExtendWith(Place.Guards.class)
class DepthwiseTileTest {
  private static final int CASES = 40;
  private static final int CHANNELS = 5;

  private final Random random = new Random(31);

  /** A tile inside the image, or at one border or both. */
  private DepthwiseTile tile(DepthwiseTile.Start start) {
    int[] weightSteps = {1, -1, -2};
    DepthwiseTile all =
        new DepthwiseTile(
            1 + random.nextInt(5),
            random.nextInt(8),
            1 + random.nextInt(3),
            1 + random.nextInt(3),
            weightSteps[random.nextInt(3)],
            0,
            Integer.MAX_VALUE,
            start);
    int from = random.nextInt(3);
    return new DepthwiseTile(
            all.outputs(),
            all.taps(),
            all.step(),
            all.tapStep(),
            all.weightStep(),
            from,
            random.nextBoolean() ? Integer.MAX_VALUE : all.columns() - random.nextInt(3),
            start)
        .cut();
  }

  /** NaN on padding, which no sum may meet. */
  private Place input(DepthwiseTile tile, int rows) {
    int columns = Math.max(1, tile.columns());
    Place x = Place.floats((long) rows * columns * CHANNELS * Lanes.L);
    for (int pixel = 0; pixel < rows * columns; pixel++) {
      int column = pixel % columns;
      for (int i = 0; i < CHANNELS * Lanes.L; i++) {
        boolean inside = column >= tile.from() && column < tile.to();
        x.set((long) pixel * CHANNELS * Lanes.L + i, inside ? random.nextFloat() : Float.NaN);
      }
    }
    return x;
  }

  @ParameterizedTest
  @EnumSource
  void sums(DepthwiseTile.Start start) {
    for (int i = 0; i < CASES; i++) {
      DepthwiseTile tile = tile(start);
      int rows = random.nextInt(4);
      int taps = Math.max(1, tile.taps());
      int weightRow = taps * Math.abs(tile.weightStep());
      Place x = input(tile, Math.max(1, rows));
      Place weights = Place.random((long) CHANNELS * 4 * weightRow, random);
      Place biases = Place.random(CHANNELS, random);
      long n = (long) tile.outputs() * CHANNELS * Lanes.L;
      Place expected = Place.random(n, random);
      Place found = Place.floats(n);
      for (int k = 0; k < n; k++) {
        found.set(k, expected.get(k));
      }
      run(new DepthwiseLoops(tile), tile, x, rows, weights, weightRow, expected, biases);
      run(DepthwiseGenerator.sums(tile), tile, x, rows, weights, weightRow, found, biases);
      assertArrayEquals(expected.toBits(), found.toBits(), rows + " rows of " + tile);
    }
  }

  private static void run(
      DepthwiseTile.Sums loop,
      DepthwiseTile tile,
      Place x,
      int rows,
      Place weights,
      int weightRow,
      Place y,
      Place biases) {
    long pixel = (long) CHANNELS * Lanes.BYTES;
    // With steps backwards the first tap is the last weight.
    int first = tile.weightStep() < 0 ? Math.max(0, tile.taps() - 1) * -tile.weightStep() : 0;
    loop.run(
        Operand.address(x),
        pixel,
        Math.max(1, tile.columns()) * pixel,
        Lanes.BYTES,
        rows,
        Operand.address(weights) + (long) first * Float.BYTES,
        (long) weightRow * Float.BYTES,
        4L * weightRow * Float.BYTES,
        CHANNELS,
        Operand.address(y),
        pixel,
        Lanes.BYTES,
        Operand.address(biases),
        Float.BYTES);
  }

  @Test
  void gradients() {
    for (int i = 0; i < CASES; i++) {
      DepthwiseTile tile = tile(DepthwiseTile.Start.OUTPUT);
      int rows = random.nextInt(4);
      Place x = input(tile, Math.max(1, rows));
      Place dy = Place.random((long) tile.outputs() * CHANNELS * Lanes.L, random);
      long n = (long) CHANNELS * 4 * Math.max(1, tile.taps()) * Lanes.L;
      Place expected = Place.random(n, random);
      Place found = Place.floats(n);
      for (int k = 0; k < n; k++) {
        found.set(k, expected.get(k));
      }
      run(new DepthwiseLoops(tile), tile, x, rows, dy, expected);
      run(DepthwiseGenerator.gradients(tile), tile, x, rows, dy, found);
      assertArrayEquals(expected.toBits(), found.toBits(), rows + " rows of " + tile);
    }
  }

  private static void run(
      DepthwiseTile.Gradients loop, DepthwiseTile tile, Place x, int rows, Place dy, Place sums) {
    long pixel = (long) CHANNELS * Lanes.BYTES;
    long sumRow = (long) Math.max(1, tile.taps()) * Lanes.BYTES;
    loop.run(
        Operand.address(x),
        pixel,
        Math.max(1, tile.columns()) * pixel,
        Lanes.BYTES,
        rows,
        Operand.address(dy),
        pixel,
        Lanes.BYTES,
        CHANNELS,
        Operand.address(sums),
        sumRow,
        4 * sumRow);
  }
}
