package dev.lanewise.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Connectionist temporal classification (Graves et al., 2006): minus the logarithm of the
 * probability of all paths that give a sequence of labels once repetitions are joined and blanks
 * dropped.
 */
final class ConnectionistLoss {
  /** ln 0, finite, so that sums of exponentials of it have derivatives. */
  private static final float NEVER = -1e30f;

  private ConnectionistLoss() {}

  /** See {@link Tensor#ctc}. */
  static Tensor ctc(
      Tensor x,
      Tensor labels,
      long[] inputLengths,
      long[] labelLengths,
      int blank,
      Reduction reduction) {
    Shape shape = x.shape();
    if (shape.rank() != 3
        || labels.shape().rank() != 2
        || labels.shape().dim(0) != shape.dim(1)
        || inputLengths.length != shape.dim(1)
        || labelLengths.length != shape.dim(1)) {
      throw new IllegalArgumentException(
          "ctc: log-probabilities [T, N, C], labels [N, S] and N lengths of both are expected,"
              + " found "
              + shape
              + ", "
              + labels.shape()
              + ", "
              + inputLengths.length
              + " and "
              + labelLengths.length);
    }
    // Nothing for log-probabilities; their gradient is then that of the logits, as in PyTorch.
    Tensor logs = x.logSoftmax(2);
    long[] all = labels.toLongArray();
    int most = labels.shape().dim(1);
    List<Tensor> losses = new ArrayList<>();
    for (int n = 0; n < shape.dim(1); n++) {
      if (inputLengths[n] < 1
          || inputLengths[n] > shape.dim(0)
          || labelLengths[n] < 0
          || labelLengths[n] > most) {
        throw new IllegalArgumentException(
            "ctc: sequence "
                + n
                + " has "
                + inputLengths[n]
                + " steps of "
                + shape.dim(0)
                + " and "
                + labelLengths[n]
                + " labels of "
                + most);
      }
      long[] own = Arrays.copyOfRange(all, n * most, n * most + (int) labelLengths[n]);
      losses.add(one(logs.select(1, n).slice(0, 0, (int) inputLengths[n]), own, blank));
    }
    Tensor each = Tensor.stack(losses, 0);
    if (reduction != Reduction.MEAN) {
      return reduction.of(each);
    }
    float[] divisors = new float[labelLengths.length];
    for (int n = 0; n < divisors.length; n++) {
      divisors[n] = Math.max(1, labelLengths[n]);
    }
    return each.div(Tensor.of(divisors, divisors.length)).mean();
  }

  /** Of one sequence [T, C]: the sums over paths, step by step (the paper's α). */
  private static Tensor one(Tensor x, long[] labels, int blank) {
    int states = 2 * labels.length + 1;
    long[] symbols = new long[states];
    float[] skip = new float[states];
    float[] start = new float[states];
    Arrays.fill(symbols, blank);
    Arrays.fill(skip, NEVER);
    Arrays.fill(start, NEVER);
    for (int i = 0; i < labels.length; i++) {
      symbols[2 * i + 1] = labels[i];
      // A label may follow another one without a blank between.
      skip[2 * i + 1] = i > 0 && labels[i] != labels[i - 1] ? 0 : NEVER;
    }
    start[0] = 0;
    if (states > 1) {
      start[1] = 0;
    }
    Tensor emitted = x.indexSelect(1, Tensor.ofLongs(symbols, states));
    Tensor jump = Tensor.of(skip, states);
    Tensor alpha = emitted.select(0, 0).add(Tensor.of(start, states));
    for (int t = 1; t < x.shape().dim(0); t++) {
      Tensor stay = alpha;
      Tensor step = moved(alpha, 1);
      Tensor leap = moved(alpha, 2).add(jump);
      Tensor sum = Tensor.stack(List.of(stay, step, leap), 0).logsumexp(0);
      alpha = sum.add(emitted.select(0, t));
    }
    return alpha.slice(0, Math.max(0, states - 2), states).logsumexp(0).neg();
  }

  private static Tensor moved(Tensor alpha, int by) {
    int n = alpha.shape().dim(0);
    return alpha.pad(PadMode.CONSTANT, NEVER, by, 0).slice(0, 0, n);
  }
}
