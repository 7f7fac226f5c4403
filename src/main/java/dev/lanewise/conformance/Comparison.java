package dev.lanewise.conformance;

import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;

/** Whether what was computed is what another engine computed: |a - ref| ≤ atol + rtol |ref|. */
final class Comparison {
  private Comparison() {}

  /** Says the first element that differs by more than the tolerance, by an exception. */
  static void check(String what, Tensor found, Tensor expected, Tolerance tolerance) {
    if (!found.shape().equals(expected.shape())) {
      throw new Mismatch(what + ": shape " + found.shape() + ", expected " + expected.shape());
    }
    double[] a = Tape.noGrad(() -> values(found));
    double[] reference = values(expected);
    for (int i = 0; i < a.length; i++) {
      double allowed = tolerance.absolute() + tolerance.relative() * Math.abs(reference[i]);
      if (!(Math.abs(a[i] - reference[i]) <= allowed)
          && !(Double.isNaN(a[i]) && Double.isNaN(reference[i]))
          && a[i] != reference[i]) {
        throw new Mismatch(
            what
                + ": element "
                + i
                + " of "
                + found.shape()
                + " is "
                + (float) a[i]
                + ", expected "
                + (float) reference[i]);
      }
    }
  }

  /** Elements of any type; integers and truth values must agree exactly but for rounding. */
  private static double[] values(Tensor x) {
    double[] values = new double[Math.toIntExact(x.size())];
    switch (x.dtype()) {
      case FLOAT32 -> {
        float[] floats = x.toArray();
        Arrays.setAll(values, i -> floats[i]);
      }
      case INT64 -> {
        long[] longs = x.toLongArray();
        Arrays.setAll(values, i -> longs[i]);
      }
      case UINT8, BOOL -> {
        byte[] bytes = x.toByteArray();
        Arrays.setAll(values, i -> bytes[i] & 0xff);
      }
      default -> throw new UnsupportedCaseException("a tensor of " + x.dtype());
    }
    return values;
  }

  /** Two values that should agree do not. */
  static final class Mismatch extends RuntimeException {
    private static final long serialVersionUID = 1;

    Mismatch(String message) {
      super(message);
    }
  }
}
