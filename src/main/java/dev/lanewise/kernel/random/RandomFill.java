package dev.lanewise.kernel.random;

import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Operand;

/**
 * Fills tensors with the numbers of a {@link Philox} stream in the order in which an instance draws
 * them, so that the bits of initial parameters depend on nothing but seed and stream. Scalar on
 * purpose: parameters are drawn once, at a moment when no vector code is compiled yet. Where speed
 * counts, {@link Philox#fillUniform} has an order of its own.
 */
public final class RandomFill {
  /** Values of a chunk; any even number gives the same bits. */
  private static final int CHUNK = 1 << 14;

  /** Draws the values of a chunk. */
  @FunctionalInterface
  private interface Draw {
    float next(Philox philox);
  }

  private RandomFill() {}

  /** The first {@code n} elements from {@code low} to below {@code high}. */
  public static void uniform(Operand y, long n, long seed, long stream, float low, float high) {
    fill(y, n, seed, stream, 1, philox -> philox.nextFloat(low, high));
  }

  /** The first {@code n} elements normally distributed. */
  public static void normal(
      Operand y, long n, long seed, long stream, float mean, float deviation) {
    fill(y, n, seed, stream, 2, philox -> (float) (mean + deviation * philox.nextNormal()));
  }

  /** {@code words}: how many random words a value takes. */
  private static void fill(Operand y, long n, long seed, long stream, int words, Draw draw) {
    long address = Operand.address(y);
    Team.global()
        .run(
            Math.toIntExact((n + CHUNK - 1) / CHUNK),
            chunk -> {
              long start = (long) chunk * CHUNK;
              Philox philox = new Philox(seed, stream);
              philox.position(start * words);
              float[] values = new float[(int) Math.min(CHUNK, n - start)];
              for (int i = 0; i < values.length; i++) {
                values[i] = draw.next(philox);
              }
              HostCopy.write(values, address + start * Float.BYTES);
            });
  }
}
