package dev.lanewise.example;

import java.util.List;

/**
 * Predicts a character from the one before: counted pairs, mixed with the frequency of the single
 * character, P(c | b) = (n(b, c) + k P(c)) / (n(b) + k), where P(c) = (n(c) + 1) / (n +
 * |alphabet|).
 */
final class Bigram {
  private static final double[] STRENGTHS = {0.3, 1, 2, 3, 5, 8, 12, 20, 30, 50, 100};

  private final double[][] pairs;
  private final double[] before;
  private final double[] single;
  private double k = 1;

  /** Counts. */
  Bigram(List<long[]> blocks, int alphabet) {
    pairs = new double[alphabet][alphabet];
    before = new double[alphabet];
    single = new double[alphabet];
    double all = 0;
    for (long[] block : blocks) {
      for (int i = 1; i < block.length; i++) {
        pairs[(int) block[i - 1]][(int) block[i]]++;
        before[(int) block[i - 1]]++;
        single[(int) block[i]]++;
        all++;
      }
    }
    for (int c = 0; c < alphabet; c++) {
      single[c] = (single[c] + 1) / (all + alphabet);
    }
  }

  /** Chooses the strength of the smoothing with the least loss on these blocks. */
  Bigram tuned(List<long[]> blocks) {
    double best = Double.POSITIVE_INFINITY;
    double chosen = k;
    for (double strength : STRENGTHS) {
      k = strength;
      double loss = loss(blocks);
      if (loss < best) {
        best = loss;
        chosen = strength;
      }
    }
    k = chosen;
    return this;
  }

  /** The strength of the smoothing. */
  double strength() {
    return k;
  }

  /** The mean cross-entropy of the characters after the first of each block, in nats. */
  double loss(List<long[]> blocks) {
    double sum = 0;
    long count = 0;
    for (long[] block : blocks) {
      for (int i = 1; i < block.length; i++) {
        int b = (int) block[i - 1];
        int c = (int) block[i];
        sum -= Math.log((pairs[b][c] + k * single[c]) / (before[b] + k));
        count++;
      }
    }
    return sum / count;
  }
}
