package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.conv.DepthwiseTile.Start;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.Arrays;

/**
 * Depthwise convolution: one input channel a group, K/C output channels for each. There is nothing
 * to share between channels; what neighbouring outputs share, their inputs, {@link DepthwiseTile}s
 * read once.
 */
final class Depthwise {
  private static final int MOST_TASKS = 16;

  /** Elements of dy that are worth a task of backward to the weight. */
  private static final long TASK_ELEMENTS = 1 << 18;

  /** Channels at once, so that the sums of a task stay in the cache. */
  private static final int CHANNELS = 64;

  /** Outputs of a tile: enough for the multiply-adds, not the loads, to take the time. */
  private static final int OUTPUTS = 4;

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

    /**
     * So many outputs as tiles, side by side.
     *
     * @param weightStep floats from tap to tap in the weights
     */
    DepthwiseTile[] tiles(int outputs, int weightStep, DepthwiseTile.Start start) {
      DepthwiseTile[] tiles = new DepthwiseTile[Math.ceilDiv(outputs, OUTPUTS)];
      Arrays.setAll(
          tiles,
          t -> {
            int column = first + t * OUTPUTS * step;
            return new DepthwiseTile(
                    Math.min(OUTPUTS, outputs - t * OUTPUTS),
                    taps,
                    step,
                    tapStep,
                    weightStep,
                    Math.max(0, -column),
                    size - column,
                    start)
                .cut();
          });
      return tiles;
    }
  }

  /** See {@link Conv2dKernel#forward}; {@code bias} is an address, or 0. */
  static void forward(long x, long w, long bias, long y, Conv2dDims d) {
    int perChannel = d.groupK();
    Axis rows = rows(d);
    Axis columns = columns(d);
    long inPixel = pixel(d.C());
    long inRow = d.W() * inPixel;
    long outPixel = pixel(d.K());
    long tileStep = (long) OUTPUTS * columns.step() * inPixel;
    DepthwiseTile.Sums[] tiles =
        sums(columns.tiles(d.OW(), 1, bias == 0 ? Start.ZERO : Start.BIAS));
    Chunks.run(
        (long) d.blocks() * d.OH(),
        (long) d.OW() * d.K() * Lanes.L,
        (from, to) -> {
          for (long at = from; at < to; at++) {
            int row = (int) (at % d.OH());
            int r = rows.firstTap(row);
            long above = at / d.OH() * d.H() + rows.first() + (long) row * rows.step();
            long input =
                x + (above + (long) r * rows.tapStep()) * inRow + columns.first() * inPixel;
            for (int t = 0; t < tiles.length; t++) {
              for (int j = 0; j < perChannel; j++) {
                tiles[t].run(
                    input + t * tileStep,
                    inPixel,
                    rows.tapStep() * inRow,
                    Lanes.BYTES,
                    rows.endTap(row) - r,
                    w + j * area(d) + (long) r * d.S() * Float.BYTES,
                    (long) d.S() * Float.BYTES,
                    perChannel * area(d),
                    d.C(),
                    y + (at * d.OW() + (long) t * OUTPUTS) * outPixel + (long) j * Lanes.BYTES,
                    outPixel,
                    (long) perChannel * Lanes.BYTES,
                    bias + (long) j * Float.BYTES,
                    (long) perChannel * Float.BYTES);
              }
            }
          }
        });
  }

  private static DepthwiseTile.Sums[] sums(DepthwiseTile[] tiles) {
    return Arrays.stream(tiles).map(DepthwiseTile::sums).toArray(DepthwiseTile.Sums[]::new);
  }

  /** See {@link Conv2dKernel#backwardInput}. */
  static void backwardInput(long dy, long w, long dx, Conv2dDims d) {
    int perChannel = d.groupK();
    Phases ys = new Phases(d.H(), d.OH(), d.R(), d.strideH(), d.padH(), d.dilationH());
    Phases xs = new Phases(d.W(), d.OW(), d.S(), d.strideW(), d.padW(), d.dilationW());
    int phases = Math.min(d.strideW(), d.W());
    Axis[] columns = new Axis[phases];
    DepthwiseTile.Sums[][] first = new DepthwiseTile.Sums[phases][];
    DepthwiseTile.Sums[][] others = new DepthwiseTile.Sums[phases][];
    for (int px = 0; px < phases; px++) {
      int s = xs.lastTap(px);
      columns[px] = new Axis(xs.position(px, s), 1, xs.inputStep, xs.taps(s), d.OW());
      int outputs = Math.ceilDiv(d.W() - px, d.strideW());
      first[px] = sums(columns[px].tiles(outputs, -xs.tapStep, Start.ZERO));
      if (perChannel > 1) {
        others[px] = sums(columns[px].tiles(outputs, -xs.tapStep, Start.OUTPUT));
      }
    }
    long inPixel = pixel(d.K());
    long inRow = d.OW() * inPixel;
    long outPixel = pixel(d.C());
    Chunks.run(
        (long) d.blocks() * d.H(),
        (long) d.W() * d.C() * Lanes.L,
        (from, to) -> {
          for (long at = from; at < to; at++) {
            int y = (int) (at % d.H());
            int r = ys.lastTapInside(y);
            long input = dy + (at / d.H() * d.OH() + ys.position(y, r)) * inRow;
            for (int px = 0; px < phases; px++) {
              long tap = w + ((long) r * d.S() + xs.lastTap(px)) * Float.BYTES;
              for (int t = 0; t < first[px].length; t++) {
                long column = columns[px].first() + (long) t * OUTPUTS;
                long output = at * d.W() + px + (long) t * OUTPUTS * d.strideW();
                for (int j = 0; j < perChannel; j++) {
                  (j == 0 ? first : others)
                      [px][t].run(
                          input + column * inPixel + (long) j * Lanes.BYTES,
                          inPixel,
                          ys.inputStep * inRow,
                          (long) perChannel * Lanes.BYTES,
                          ys.tapsInside(y, r, d.OH()),
                          tap + j * area(d),
                          -(long) ys.tapStep * d.S() * Float.BYTES,
                          perChannel * area(d),
                          d.C(),
                          dx + output * outPixel,
                          d.strideW() * outPixel,
                          Lanes.BYTES,
                          0,
                          0);
                }
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

  /** See {@link Conv2dKernel#backwardWeight}. */
  static void backwardWeight(long x, long dy, long dw, Conv2dDims d) {
    int parts = Math.ceilDiv(d.C(), CHANNELS);
    int area = d.R() * d.S();
    long rows = (long) d.blocks() * d.OH();
    long wanted = rows * d.OW() * d.K() * Lanes.L / TASK_ELEMENTS / parts;
    int reductions = (int) Math.clamp(wanted, 1, Math.min(MOST_TASKS, rows));
    Axis down = rows(d);
    DepthwiseTile.Gradients[] tiles =
        Arrays.stream(columns(d).tiles(d.OW(), 1, Start.OUTPUT))
            .map(DepthwiseTile::gradients)
            .toArray(DepthwiseTile.Gradients[]::new);
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
                weightRow(x, dy, at, c, own, d, down, tiles);
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
      long x,
      long dy,
      long at,
      int c,
      long sums,
      Conv2dDims d,
      Axis rows,
      DepthwiseTile.Gradients[] tiles) {
    int perChannel = d.groupK();
    int row = (int) (at % d.OH());
    int r = rows.firstTap(row);
    long inPixel = pixel(d.C());
    long inRow = d.W() * inPixel;
    long outPixel = pixel(d.K());
    long above = at / d.OH() * d.H() + rows.first() + (long) row * rows.step();
    long from =
        x
            + (above + (long) r * rows.tapStep()) * inRow
            - d.padW() * inPixel
            + (long) c * Lanes.BYTES;
    int area = d.R() * d.S();
    for (int t = 0; t < tiles.length; t++) {
      for (int j = 0; j < perChannel; j++) {
        // Sums are [channel][tap]; those of a channel's copies follow each other.
        tiles[t].run(
            from + (long) t * OUTPUTS * d.strideW() * inPixel,
            inPixel,
            rows.tapStep() * inRow,
            Lanes.BYTES,
            rows.endTap(row) - r,
            dy
                + (at * d.OW() + (long) t * OUTPUTS) * outPixel
                + ((long) c * perChannel + j) * Lanes.BYTES,
            outPixel,
            (long) perChannel * Lanes.BYTES,
            Math.min(CHANNELS, d.C() - c),
            sums + ((long) j * area + (long) r * d.S()) * Lanes.BYTES,
            (long) d.S() * Lanes.BYTES,
            (long) perChannel * area * Lanes.BYTES);
      }
    }
  }
}
