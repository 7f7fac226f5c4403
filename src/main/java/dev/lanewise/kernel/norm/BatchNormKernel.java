package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.Pace;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015), forward and backward, each in two passes over
 * memory: one for the sums of every channel, one for the result.
 *
 * <p>The work is cut into pieces that depend on the sizes only; their sums are put together in the
 * order of the pieces, so the bits do not depend on the number of threads. The second pass takes
 * them in the other direction: what a thread read last is still in its cache.
 */
public final class BatchNormKernel {
  /** Vectors of a piece at least: its sums are then a few per cent of what is read. */
  private static final int PIECE_VECTORS = 4096;

  /** The same where nothing is summed: a piece takes some microseconds. */
  private static final int SMALL_PIECE_VECTORS = 1024;

  /** Pieces at most, about: enough to balance many threads. */
  private static final int PIECES = 128;

  private static final BatchNormRange[] LOOPS = new BatchNormRange[16];

  private BatchNormKernel() {}

  private static synchronized BatchNormRange loop(
      boolean relu, boolean bounded, boolean residual, boolean paced) {
    int index = (relu ? 1 : 0) + (bounded ? 2 : 0) + (residual ? 4 : 0) + (paced ? 8 : 0);
    BatchNormRange loop = LOOPS[index];
    if (loop == null) {
      loop =
          Specializer.specialise(
              MethodHandles.lookup(),
              BatchNormLoop.class,
              new BatchNormRange.Fusion(relu, bounded, residual, paced),
              BatchNormRange.class);
      LOOPS[index] = loop;
    }
    return loop;
  }

  /** The work on the vectors from {@code offset} bytes on. */
  @FunctionalInterface
  private interface PieceBody {
    void run(int piece, long offset, int positions);
  }

  /** How the positions of all blocks are cut; a piece lies in one block. */
  private record Pieces(int blocks, int positions, int columns, int size) {
    static Pieces of(ChannelDims d) {
      return of(d, PIECE_VECTORS);
    }

    static Pieces of(ChannelDims d, int least) {
      int positions = d.positions();
      int columns = d.columns();
      long all = (long) d.blocks() * positions;
      long size = Math.max(Math.ceilDiv(least, columns), Math.ceilDiv(all, PIECES));
      return new Pieces(
          d.blocks(), positions, columns, (int) Math.min(Math.max(size, 1), positions));
    }

    int perBlock() {
      return Math.ceilDiv(positions, size);
    }

    int count() {
      return blocks * perBlock();
    }

    int positions(int piece) {
      return Math.min(size, positions - piece % perBlock() * size);
    }

    void run(PieceBody body) {
      int perBlock = perBlock();
      Team.global()
          .runTurning(
              count(),
              piece -> {
                long first =
                    (long) (piece / perBlock) * positions + (long) (piece % perBlock) * size;
                body.run(piece, first * columns * BYTES, positions(piece));
              });
    }
  }

  /**
   * Mean and variance of each channel over the batch, and the running ones brought forward as
   * PyTorch does: {@code running += momentum (new - running)}, with the variance divided by count -
   * 1 there, by count here.
   *
   * @param x as {@code d} says
   * @param mean C floats, overwritten
   * @param inverse C floats, overwritten: 1 / sqrt(variance + eps)
   * @param runningMean C floats, changed
   * @param runningVar C floats, changed
   */
  public static void statistics(
      Operand x,
      Operand mean,
      Operand inverse,
      Operand runningMean,
      Operand runningVar,
      float momentum,
      float eps,
      ChannelDims d) {
    Pieces pieces = Pieces.of(d);
    int columns = pieces.columns;
    int count = pieces.count();
    long partBytes = 2L * columns * BYTES;
    Block scratch =
        Pool.global().allocate(partBytes * (count + 1) + (long) count * BYTES, "batchNorm");
    try {
      long parts = scratch.address();
      long moments = parts + partBytes * count;
      long weights = moments + partBytes;
      long from = Operand.address(x);
      pieces.run((piece, offset, positions) ->
          ChannelSums.moments(from + offset, positions, columns, parts + piece * partBytes));
      for (int piece = 0; piece < count; piece++) {
        int lanes = piece / pieces.perBlock() == pieces.blocks - 1 ? d.lastLanes() : L;
        for (int lane = 0; lane < L; lane++) {
          Mem.set(
              weights + (long) piece * BYTES + lane * 4L,
              lane < lanes ? pieces.positions(piece) : 0);
        }
      }
      Chunks.runBetween(
          columns,
          (long) count * 2 * L,
          (first, end) -> {
            for (long column = first; column < end; column++) {
              ChannelSums.together(parts, count, weights, columns, (int) column, moments);
            }
          });
      long means = Operand.address(mean);
      long inverses = Operand.address(inverse);
      long oldMeans = Operand.address(runningMean);
      long oldVariances = Operand.address(runningVar);
      double n = d.count();
      for (int c = 0; c < d.C(); c++) {
        double average = average(moments, d, c);
        double deviations = deviations(moments, d, c, average);
        Mem.set(means + c * 4L, (float) average);
        Mem.set(inverses + c * 4L, (float) (1 / Math.sqrt(deviations / n + eps)));
        blend(oldMeans + c * 4L, average, momentum);
        blend(oldVariances + c * 4L, deviations / Math.max(1, n - 1), momentum);
      }
    } finally {
      scratch.free();
    }
  }

  private static void blend(long running, double value, float momentum) {
    Mem.set(running, (float) ((1.0 - momentum) * Mem.get(running) + momentum * value));
  }

  /** The mean of a channel from the means of its lanes in all of its columns. */
  private static double average(long moments, ChannelDims d, int c) {
    if (d.rows()) {
      return Mem.get(moments + c * 4L);
    }
    double sum = 0;
    for (int column = c; column < d.columns(); column += d.C()) {
      for (int lane = 0; lane < Math.min(L, d.N()); lane++) {
        sum += laneCount(d, lane) * Mem.get(moments + (long) column * BYTES + lane * 4L);
      }
    }
    return sum / d.count();
  }

  private static double deviations(long moments, ChannelDims d, int c, double average) {
    long squares = moments + (long) d.columns() * BYTES;
    if (d.rows()) {
      return Mem.get(squares + c * 4L);
    }
    double sum = 0;
    for (int column = c; column < d.columns(); column += d.C()) {
      for (int lane = 0; lane < Math.min(L, d.N()); lane++) {
        long at = (long) column * BYTES + lane * 4L;
        double difference = Mem.get(moments + at) - average;
        sum += Mem.get(squares + at) + laneCount(d, lane) * difference * difference;
      }
    }
    return sum;
  }

  /** How many elements of a column stand in a lane. */
  private static double laneCount(ChannelDims d, int lane) {
    return (double) d.positions() * (lane < d.lastLanes() ? d.blocks() : d.blocks() - 1);
  }

  /** 1 / sqrt(variance + eps) of c values. */
  public static void inverse(Operand variance, Operand inverse, float eps, int c) {
    for (int i = 0; i < c; i++) {
      double v = Mem.get(Operand.address(variance) + i * 4L);
      Mem.set(Operand.address(inverse) + i * 4L, (float) (1 / Math.sqrt(v + eps)));
    }
  }

  /** The bytes of the buffer in which a fused ReLU notes which elements stayed: a bit each. */
  public static long signBytes(ChannelDims d) {
    return (long) d.blocks() * d.positions() * BatchNormRange.signVectors(d.columns()) * BYTES;
  }

  /**
   * y = (x - mean) inverse weight + bias, plus the residual, and that rectified. Padding lanes are
   * not zero afterwards.
   *
   * @param residual of the shape of x; null for none
   * @param signs {@link #signBytes} bytes, overwritten with what {@link #gradient} needs; null
   *     where nothing is rectified
   * @param most what is rectified is at most this; infinity for no bound
   * @param y overwritten
   */
  public static void normalise(
      Operand x,
      Operand weight,
      Operand bias,
      Operand mean,
      Operand inverse,
      @Nullable Operand residual,
      @Nullable Operand signs,
      float most,
      Operand y,
      ChannelDims d) {
    Pieces pieces = Pieces.of(d, SMALL_PIECE_VECTORS);
    int columns = pieces.columns;
    long row = (long) columns * BYTES;
    Block scratch = Pool.global().allocate(2 * row, "batchNorm");
    try {
      long table = scratch.address();
      long weights = Operand.address(weight);
      long biases = Operand.address(bias);
      long means = Operand.address(mean);
      long inverses = Operand.address(inverse);
      for (int c = 0; c < d.C(); c++) {
        float scale = Mem.get(weights + c * 4L) * Mem.get(inverses + c * 4L);
        float shift = Math.fma(-Mem.get(means + c * 4L), scale, Mem.get(biases + c * 4L));
        put(table, d, c, scale);
        put(table + row, d, c, shift);
      }
      long bytes = (long) d.blocks() * d.positions() * row;
      BatchNormRange loop =
          loop(
              signs != null,
              signs != null && most < Float.POSITIVE_INFINITY,
              residual != null,
              Pace.pays(bytes));
      long bits = signs == null ? 0 : Operand.address(signs);
      int signVectors = BatchNormRange.signVectors(columns);
      long from = Operand.address(x);
      long added = residual == null ? 0 : Operand.address(residual);
      long to = Operand.address(y);
      pieces.run((piece, offset, positions) ->
          loop.normalise(
              from + offset,
              added + offset,
              to + offset,
              bits + offset / columns * signVectors,
              most,
              table,
              positions,
              columns));
    } finally {
      scratch.free();
    }
  }

  /** Writes the coefficient of a channel where its columns read it. */
  private static void put(long row, ChannelDims d, int c, float value) {
    if (d.rows()) {
      Mem.set(row + c * 4L, value);
      return;
    }
    for (int column = c; column < d.columns(); column += d.C()) {
      FloatVector.broadcast(F, value)
          .intoMemorySegment(Mem.ALL, row + (long) column * BYTES, Mem.ORDER);
    }
  }

  /**
   * The gradients of {@link #normalise}, with g = dy, or 0 where y was cut off: dbias = Σ g,
   * dweight = Σ g x̂, dresidual = g, and with statistics of the batch
   *
   * <pre>dx = weight inverse (g - mean(g) - x̂ mean(g x̂)),   x̂ = (x - mean) inverse</pre>
   *
   * or, with fixed ones, dx = weight inverse g. Padding lanes of dx are not zero afterwards.
   *
   * @param dy the gradient of y, padding lanes zero
   * @param signs from the forward pass where the result was rectified; else null
   * @param batchStatistics whether mean and inverse depend on x
   * @param dx overwritten; may be dy
   * @param dresidual overwritten; null where not wanted
   */
  public static void gradient(
      Operand dy,
      Operand x,
      @Nullable Operand signs,
      Operand weight,
      Operand mean,
      Operand inverse,
      boolean batchStatistics,
      Operand dx,
      Operand dweight,
      Operand dbias,
      @Nullable Operand dresidual,
      ChannelDims d) {
    Pieces pieces = Pieces.of(d);
    int columns = pieces.columns;
    int count = pieces.count();
    long row = (long) columns * BYTES;
    Block scratch = Pool.global().allocate(row * (2L * count + 6), "batchNorm");
    try {
      long parts = scratch.address();
      long sums = parts + 2 * row * count;
      long table = sums + 2 * row;
      long averages = table + 3 * row;
      long means = Operand.address(mean);
      for (int c = 0; c < d.C(); c++) {
        put(averages, d, c, Mem.get(means + c * 4L));
      }
      BatchNormRange loop = loop(signs != null, false, dresidual != null, false);
      long gradients = Operand.address(dy);
      long inputs = Operand.address(x);
      long bits = signs == null ? 0 : Operand.address(signs);
      int signVectors = BatchNormRange.signVectors(columns);
      pieces.run((piece, offset, positions) ->
          loop.sums(
              gradients + offset,
              inputs + offset,
              bits + offset / columns * signVectors,
              averages,
              positions,
              columns,
              parts + piece * 2L * row));
      Chunks.runBetween(
          2L * columns,
          (long) count * L,
          (first, end) -> {
            for (long index = first; index < end; index++) {
              ChannelSums.added(parts, count, 2 * row, (int) index, sums);
            }
          });
      for (int c = 0; c < d.C(); c++) {
        double sum = total(sums, d, c);
        double product = total(sums + row, d, c);
        double r = Mem.get(Operand.address(inverse) + c * 4L);
        double w = Mem.get(Operand.address(weight) + c * 4L) * r;
        Mem.set(Operand.address(dbias) + c * 4L, (float) sum);
        Mem.set(Operand.address(dweight) + c * 4L, (float) (product * r));
        double slope = batchStatistics ? -w * r * r * product / d.count() : 0;
        double rest = batchStatistics ? -w * sum / d.count() : 0;
        put(table, d, c, (float) w);
        put(table + row, d, c, (float) slope);
        put(table + 2 * row, d, c, (float) (rest - slope * Mem.get(means + c * 4L)));
      }
      long to = Operand.address(dx);
      long masked = dresidual == null ? 0 : Operand.address(dresidual);
      pieces.run((piece, offset, positions) ->
          loop.gradient(
              gradients + offset,
              inputs + offset,
              bits + offset / columns * signVectors,
              table,
              to + offset,
              masked + offset,
              positions,
              columns));
    } finally {
      scratch.free();
    }
  }

  /** The sum of all lanes of the columns of a channel, in their order. */
  private static double total(long sums, ChannelDims d, int c) {
    if (d.rows()) {
      return Mem.get(sums + c * 4L);
    }
    double sum = 0;
    for (int column = c; column < d.columns(); column += d.C()) {
      for (int lane = 0; lane < L; lane++) {
        sum += Mem.get(sums + (long) column * BYTES + lane * 4L);
      }
    }
    return sum;
  }
}
