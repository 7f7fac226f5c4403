package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

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
    Axis rows = new Axis(-d.padH(), d.strideH(), d.dilationH(), d.R(), d.H());
    Axis columns = new Axis(-d.padW(), d.strideW(), d.dilationW(), d.S(), d.W());
    long outPixel = (long) d.K() * Lanes.BYTES;
    long image = (long) d.H() * d.W() * d.C() * Lanes.BYTES;
    long area = (long) d.R() * d.S() * Float.BYTES;
    Chunks.run(
        (long) d.blocks() * d.OH(),
        (long) d.OW() * d.K() * Lanes.L,
        (from, to) -> {
          for (long at = from; at < to; at++) {
            int row = (int) (at % d.OH());
            for (int j = 0; j < perChannel; j++) {
              row(
                  x + at / d.OH() * image,
                  d.C(),
                  1,
                  rows,
                  row,
                  columns,
                  d.OW(),
                  w + j * area,
                  (long) d.S() * Float.BYTES,
                  Float.BYTES,
                  perChannel * area,
                  d.C(),
                  y + at * d.OW() * outPixel + (long) j * Lanes.BYTES,
                  new DepthwiseLoops.Target(
                      outPixel,
                      (long) perChannel * Lanes.BYTES,
                      bias == 0 ? 0 : bias + (long) j * Float.BYTES,
                      (long) perChannel * Float.BYTES,
                      false));
            }
          }
        });
  }

  /** See {@link Conv2dKernel#backwardInput}. */
  static void backwardInput(long dy, long w, long dx, Conv2dDims d) {
    int perChannel = d.groupK();
    Phases ys = new Phases(d.H(), d.OH(), d.R(), d.strideH(), d.padH(), d.dilationH());
    Phases xs = new Phases(d.W(), d.OW(), d.S(), d.strideW(), d.padW(), d.dilationW());
    long pixel = (long) d.C() * Lanes.BYTES;
    long image = (long) d.OH() * d.OW() * d.K() * Lanes.BYTES;
    long area = (long) d.R() * d.S() * Float.BYTES;
    Chunks.run(
        (long) d.blocks() * d.H(),
        (long) d.W() * d.C() * Lanes.L,
        (from, to) -> {
          for (long at = from; at < to; at++) {
            int y = (int) (at % d.H());
            int r = ys.lastTap(y);
            Axis rows = new Axis(ys.position(y, r), 1, ys.inputStep, ys.taps(r), d.OH());
            for (int px = 0; px < Math.min(d.strideW(), d.W()); px++) {
              int s = xs.lastTap(px);
              Axis columns = new Axis(xs.position(px, s), 1, xs.inputStep, xs.taps(s), d.OW());
              for (int j = 0; j < perChannel; j++) {
                row(
                    dy + at / d.H() * image + (long) j * Lanes.BYTES,
                    d.K(),
                    perChannel,
                    rows,
                    0,
                    columns,
                    Math.ceilDiv(d.W() - px, d.strideW()),
                    w + j * area + ((long) r * d.S() + s) * Float.BYTES,
                    -(long) ys.tapStep * d.S() * Float.BYTES,
                    -(long) xs.tapStep * Float.BYTES,
                    perChannel * area,
                    d.C(),
                    dx + (at * d.W() + px) * pixel,
                    new DepthwiseLoops.Target(d.strideW() * pixel, Lanes.BYTES, 0, 0, j > 0));
              }
            }
          }
        });
  }

  /** One row of outputs. Strides of channels are vectors, those of weights bytes. */
  private static void row(
      long image,
      int vectorsOfPixel,
      int channelStep,
      Axis rows,
      int row,
      Axis columns,
      int outputs,
      long weights,
      long weightRow,
      long weightColumn,
      long weightChannel,
      int channels,
      long to,
      DepthwiseLoops.Target target) {
    long pixel = (long) vectorsOfPixel * Lanes.BYTES;
    long width = columns.size() * pixel;
    int r = rows.firstTap(row);
    int count = rows.endTap(row) - r;
    long position = rows.first() + (long) row * rows.step() + (long) r * rows.tapStep();
    long from = image + position * width;
    long w = weights + r * weightRow;
    int inside = Math.min(outputs, columns.firstInside(0));
    int end = Math.min(outputs, columns.endInside(columns.taps() - 1));
    DepthwiseLoops.Taps all =
        new DepthwiseLoops.Taps(
            count,
            columns.taps(),
            rows.tapStep() * width,
            columns.tapStep() * pixel,
            (long) channelStep * Lanes.BYTES,
            weightRow,
            weightColumn,
            weightChannel);
    for (int i = 0; i < outputs; ) {
      long column = columns.first() + (long) i * columns.step();
      if (i >= inside && i + DepthwiseLoops.PIXELS <= end) {
        DepthwiseLoops.four(
            from + column * pixel,
            columns.step() * pixel,
            all,
            w,
            channels,
            to + i * target.pixel(),
            target);
        i += DepthwiseLoops.PIXELS;
        continue;
      }
      int s = columns.firstTap(i);
      DepthwiseLoops.Taps some =
          new DepthwiseLoops.Taps(
              count,
              columns.endTap(i) - s,
              all.row(),
              all.column(),
              all.channel(),
              weightRow,
              weightColumn,
              weightChannel);
      DepthwiseLoops.one(
          from + (column + (long) s * columns.tapStep()) * pixel,
          some,
          w + s * weightColumn,
          channels,
          to + i * target.pixel(),
          target);
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
                weightRow(x, dy, at, c, own, d);
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
  private static void weightRow(long x, long dy, long at, int c, long sums, Conv2dDims d) {
    Axis rows = new Axis(-d.padH(), d.strideH(), d.dilationH(), d.R(), d.H());
    Axis columns = new Axis(-d.padW(), d.strideW(), d.dilationW(), d.S(), d.W());
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
