package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.Arrays;

/**
 * Depthwise convolution: one input channel a group, K/C output channels for each. There is nothing
 * to share between channels, so it runs at the speed of the caches, vector by vector; blocks of
 * accumulators would multiply by single weights.
 */
final class Depthwise {
  private static final int MOST_TASKS = 16;

  /** Elements of dy that are worth a task of backward to the weight. */
  private static final long TASK_ELEMENTS = 1 << 18;

  /** Channels at once, so that the sums of a task stay in the cache. */
  private static final int CHANNELS = 64;

  /** Pixels that are summed up in registers: as many streams as the processor follows in memory. */
  private static final int PIXELS = 8;

  private Depthwise() {}

  /** Whether each group has one input channel. */
  static boolean serves(Conv2dDims d) {
    return d.groupC() == 1 && d.groups() > 1;
  }

  /** Outputs i and taps u of one dimension: the input's position is first + i step + u tapStep. */
  private record Axis(int first, int step, int tapStep, int taps, int size) {
    int firstTap(int i) {
      int position = first + i * step;
      return position < 0 ? Math.min(taps, Math.ceilDiv(-position, tapStep)) : 0;
    }

    /** The tap after the last. */
    int endTap(int i) {
      return Math.clamp(Math.ceilDiv(size - first - i * step, tapStep), firstTap(i), taps);
    }

    /** The first of the outputs whose taps, from {@code u} to {@code v}, are all inside. */
    int firstInside(int u) {
      int position = first + u * tapStep;
      return position < 0 ? Math.ceilDiv(-position, step) : 0;
    }

    /** The output after the last whose tap {@code v} is inside. */
    int endInside(int v) {
      return Math.max(0, Math.ceilDiv(size - first - v * tapStep, step));
    }
  }

  /** See {@link Conv2dKernel#forward}; {@code bias} is an address, or 0. */
  static void forward(long x, long w, long bias, long y, Conv2dDims d) {
    int perChannel = d.groupK();
    Axis rows = rows(d);
    Axis columns = columns(d);
    long inRow = d.W() * pixel(d.C());
    long outPixel = pixel(d.K());
    DepthwiseLoops.Taps taps =
        new DepthwiseLoops.Taps(
            d.dilationH() * inRow,
            d.dilationW() * pixel(d.C()),
            Lanes.BYTES,
            (long) d.S() * Float.BYTES,
            Float.BYTES,
            perChannel * area(d));
    DepthwiseLoops.Target target =
        new DepthwiseLoops.Target(
            outPixel, (long) perChannel * Lanes.BYTES, (long) perChannel * Float.BYTES, false);
    Chunks.run(
        (long) d.blocks() * d.OH(),
        (long) d.OW() * d.K() * Lanes.L,
        (from, to) -> {
          for (long at = from; at < to; at++) {
            int row = (int) (at % d.OH());
            int r = rows.firstTap(row);
            long input = at / d.OH() * d.H() + (long) row * d.strideH() - d.padH();
            for (int j = 0; j < perChannel; j++) {
              row(
                  x + (input + (long) r * d.dilationH()) * inRow,
                  rows.endTap(row) - r,
                  columns,
                  d.OW(),
                  pixel(d.C()),
                  taps,
                  w + j * area(d) + r * taps.weightRow(),
                  d.C(),
                  y + at * d.OW() * outPixel + (long) j * Lanes.BYTES,
                  target,
                  bias == 0 ? 0 : bias + (long) j * Float.BYTES);
            }
          }
        });
  }

  /** See {@link Conv2dKernel#backwardInput}. */
  static void backwardInput(long dy, long w, long dx, Conv2dDims d) {
    int perChannel = d.groupK();
    Phases ys = new Phases(d.H(), d.OH(), d.R(), d.strideH(), d.padH(), d.dilationH());
    Phases xs = new Phases(d.W(), d.OW(), d.S(), d.strideW(), d.padW(), d.dilationW());
    Axis[] columns = new Axis[Math.min(d.strideW(), d.W())];
    Arrays.setAll(
        columns,
        px -> {
          int s = xs.lastTap(px);
          return new Axis(xs.position(px, s), 1, xs.inputStep, xs.taps(s), d.OW());
        });
    long inRow = d.OW() * pixel(d.K());
    long outPixel = pixel(d.C());
    DepthwiseLoops.Taps taps =
        new DepthwiseLoops.Taps(
            ys.inputStep * inRow,
            xs.inputStep * pixel(d.K()),
            (long) perChannel * Lanes.BYTES,
            -(long) ys.tapStep * d.S() * Float.BYTES,
            -(long) xs.tapStep * Float.BYTES,
            perChannel * area(d));
    DepthwiseLoops.Target first =
        new DepthwiseLoops.Target(d.strideW() * outPixel, Lanes.BYTES, 0, false);
    DepthwiseLoops.Target others =
        new DepthwiseLoops.Target(d.strideW() * outPixel, Lanes.BYTES, 0, true);
    Chunks.run(
        (long) d.blocks() * d.H(),
        (long) d.W() * d.C() * Lanes.L,
        (from, to) -> {
          for (long at = from; at < to; at++) {
            int y = (int) (at % d.H());
            int r = ys.lastTapInside(y);
            long input = at / d.H() * d.OH() + ys.position(y, r);
            for (int px = 0; px < columns.length; px++) {
              for (int j = 0; j < perChannel; j++) {
                row(
                    dy + input * inRow + (long) j * Lanes.BYTES,
                    ys.tapsInside(y, r, d.OH()),
                    columns[px],
                    Math.ceilDiv(d.W() - px, d.strideW()),
                    pixel(d.K()),
                    taps,
                    w + j * area(d) + ((long) r * d.S() + xs.lastTap(px)) * Float.BYTES,
                    d.C(),
                    dx + (at * d.W() + px) * outPixel,
                    j == 0 ? first : others,
                    0);
              }
            }
          }
        });
  }

  private static Axis rows(Conv2dDims d) {
    return new Axis(-d.padH(), d.strideH(), d.dilationH(), d.R(), d.H());
  }

  private static Axis columns(Conv2dDims d) {
    return new Axis(-d.padW(), d.strideW(), d.dilationW(), d.S(), d.W());
  }

  private static long pixel(int channels) {
    return (long) channels * Lanes.BYTES;
  }

  /** Bytes of the weights of one channel. */
  private static long area(Conv2dDims d) {
    return (long) d.R() * d.S() * Float.BYTES;
  }

  /**
   * One row of outputs.
   *
   * @param from the first row of taps that is inside, at column 0
   * @param tapRows rows of taps that are inside
   * @param pixel bytes of a pixel of what is read
   * @param weights of the first row of taps
   * @param bias the address of a float, or 0
   */
  private static void row(
      long from,
      int tapRows,
      Axis columns,
      int outputs,
      long pixel,
      DepthwiseLoops.Taps taps,
      long weights,
      int channels,
      long to,
      DepthwiseLoops.Target target,
      long bias) {
    int inside = Math.min(outputs, columns.firstInside(0));
    int end = Math.min(outputs, columns.endInside(columns.taps() - 1));
    for (int i = 0; i < outputs; ) {
      long column = columns.first() + (long) i * columns.step();
      if (i >= inside && i + DepthwiseLoops.PIXELS <= end) {
        DepthwiseLoops.four(
            from + column * pixel,
            columns.step() * pixel,
            tapRows,
            columns.taps(),
            taps,
            weights,
            channels,
            to + i * target.pixel(),
            target,
            bias);
        i += DepthwiseLoops.PIXELS;
        continue;
      }
      int s = columns.firstTap(i);
      DepthwiseLoops.one(
          from + (column + (long) s * columns.tapStep()) * pixel,
          tapRows,
          columns.endTap(i) - s,
          taps,
          weights + s * taps.weightColumn(),
          channels,
          to + i * target.pixel(),
          target,
          bias);
      i++;
    }
  }

  /** See {@link Conv2dKernel#backwardWeight}. */
  static void backwardWeight(long x, long dy, long dw, Conv2dDims d) {
    int parts = Math.ceilDiv(d.C(), CHANNELS);
    int area = d.R() * d.S();
    long rows = (long) d.blocks() * d.OH();
    long wanted = rows * d.OW() * d.K() * Lanes.L / TASK_ELEMENTS / parts;
    int reductions = (int) Math.clamp(wanted, 1, Math.min(MOST_TASKS, rows));
    Axis down = rows(d);
    Axis across = columns(d);
    // [reduction][K][R][S][L]
    long vectors = (long) d.K() * area;
    Block partials =
        Pool.global().allocate(reductions * vectors * Lanes.BYTES, "conv2d weight gradient");
    long sums = partials.address();
    Team.global()
        .run(
            parts * reductions,
            task -> {
              int c = task % parts * CHANNELS;
              int reduction = task / parts;
              int channels = Math.min(CHANNELS, d.C() - c) * d.groupK();
              long first = sums + reduction * vectors * Lanes.BYTES;
              long own = first + (long) c * d.groupK() * area * Lanes.BYTES;
              VectorMemory.zeroVectors(own, channels * area);
              for (long at = rows * reduction / reductions;
                  at < rows * (reduction + 1) / reductions;
                  at++) {
                weightRow(x, dy, at, c, own, d, down, across);
              }
            });
    Chunks.run(
        vectors,
        (long) reductions * Lanes.L,
        (from, to) ->
            DepthwiseLoops.reduce(
                sums + from * Lanes.BYTES,
                (int) (to - from),
                vectors * Lanes.BYTES,
                reductions,
                dw + from * Float.BYTES));
    partials.free();
  }

  /** What one row of dy adds to the sums of some channels, from channel {@code c} on. */
  private static void weightRow(
      long x, long dy, long at, int c, long sums, Conv2dDims d, Axis rows, Axis columns) {
    int row = (int) (at % d.OH());
    long image = x + at / d.OH() * d.H() * d.W() * d.C() * Lanes.BYTES;
    for (int i = 0; i < d.OW(); i += PIXELS) {
      int end = Math.min(d.OW(), i + PIXELS);
      for (int r = rows.firstTap(row); r < rows.endTap(row); r++) {
        long y = (long) row * d.strideH() - d.padH() + (long) r * d.dilationH();
        long from = image + (y * d.W() * d.C() + c) * Lanes.BYTES;
        for (int s = 0; s < d.S(); s += 3) {
          int taps = Math.min(3, d.S() - s);
          // All three taps inside, and what lies before and behind.
          int lo = Math.clamp(columns.firstInside(s), i, end);
          int hi = taps < 3 ? lo : Math.clamp(columns.endInside(s + 2), lo, end);
          if (lo < hi) {
            weightTaps(from, dy, at, lo, hi, c, r, s, true, sums, d);
          }
          for (int t = s; t < s + taps; t++) {
            int first = Math.clamp(columns.firstInside(t), i, end);
            int last = Math.clamp(columns.endInside(t), first, end);
            weightTaps(from, dy, at, first, Math.min(last, lo), c, r, t, false, sums, d);
            weightTaps(from, dy, at, Math.max(first, hi), last, c, r, t, false, sums, d);
          }
        }
      }
    }
  }

  /** Columns {@code first} to {@code end} of dy, one tap or three. */
  private static void weightTaps(
      long from,
      long dy,
      long at,
      int first,
      int end,
      int c,
      int r,
      int s,
      boolean three,
      long sums,
      Conv2dDims d) {
    if (first >= end) {
      return;
    }
    int perChannel = d.groupK();
    int channels = Math.min(CHANNELS, d.C() - c);
    long pixel = (long) d.C() * Lanes.BYTES;
    long outPixel = (long) d.K() * Lanes.BYTES;
    long tap = d.dilationW() * pixel;
    int area = d.R() * d.S();
    for (int j = 0; j < perChannel; j++) {
      long column = (long) first * d.strideW() - d.padW() + (long) s * d.dilationW();
      long gradient =
          dy + (at * d.OW() + first) * outPixel + ((long) c * perChannel + j) * Lanes.BYTES;
      // Sums are [channel][tap]; those of a channel's copies follow each other.
      long to = sums + ((long) j * area + (long) r * d.S() + s) * Lanes.BYTES;
      if (three) {
        DepthwiseLoops.threeTaps(
            from + column * pixel,
            d.strideW() * pixel,
            Lanes.BYTES,
            tap,
            gradient,
            outPixel,
            (long) perChannel * Lanes.BYTES,
            end - first,
            channels,
            to,
            (long) perChannel * area * Lanes.BYTES);
      } else {
        DepthwiseLoops.oneTap(
            from + column * pixel,
            d.strideW() * pixel,
            Lanes.BYTES,
            gradient,
            outPixel,
            (long) perChannel * Lanes.BYTES,
            end - first,
            channels,
            to,
            (long) perChannel * area * Lanes.BYTES);
      }
    }
  }
}
