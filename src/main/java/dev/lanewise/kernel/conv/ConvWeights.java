package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.team.ChunkTask;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Mem;

/**
 * Weights in the orders in which convolution reads and writes them, from and to the user's [K]
 * [C/groups][R][S].
 */
final class ConvWeights {
  private ConvWeights() {}

  /**
   * Packs the weights of all groups: [block of {@code rows}][taps][reduced channels][row]. Forward:
   * rows are k, the reduced channels c. Transposed: rows are c, reduced k, taps descend.
   */
  static void pack(long source, long target, Conv2dDims d, RowBlocks rows, boolean transposed) {
    int groupC = d.groupC();
    int groupK = d.groupK();
    int channels = transposed ? groupC : groupK;
    int reduced = transposed ? groupK : groupC;
    int taps = d.R() * d.S();
    int blocks = rows.count();
    long channelStep = (transposed ? taps : (long) groupC * taps) * 4;
    long reducedStep = (transposed ? (long) groupC * taps : taps) * 4;
    ChunkTask pack =
        chunk -> {
          int g = chunk / blocks;
          int first = rows.first(chunk % blocks);
          int count = rows.height(chunk % blocks);
          long to = target + ((long) g * channels + first) * taps * reduced * 4;
          long from = source + (long) g * groupK * groupC * taps * 4 + first * channelStep;
          for (int t = 0; t < taps; t++) {
            long tap = from + (transposed ? taps - 1 - t : t) * 4L;
            for (int c = 0; c < reduced; c++) {
              long at = tap + c * reducedStep;
              for (int i = 0; i < count; i++) {
                Mem.set(to + i * 4L, Mem.get(at + i * channelStep));
              }
              to += count * 4L;
            }
          }
        };
    long floats = (long) d.K() * groupC * taps;
    if (floats < 16_384) {
      for (int chunk = 0; chunk < d.groups() * blocks; chunk++) {
        pack.run(chunk);
      }
    } else {
      Team.global().run(d.groups() * blocks, pack);
    }
  }
}
