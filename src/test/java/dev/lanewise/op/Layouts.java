package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Ways for the same elements to lie in memory. Gaps hold NaN, so that reading them shows. */
final class Layouts {
  private Layouts() {}

  /** From a name to a function that gives an equal tensor, laid out in that way. */
  static Map<String, UnaryOperator<Tensor>> all() {
    Map<String, UnaryOperator<Tensor>> layouts = new LinkedHashMap<>();
    layouts.put("plain", x -> x);
    layouts.put("transposed", Layouts::transposed);
    layouts.put("sliced", Layouts::sliced);
    layouts.put("batch lanes", x -> lanesFit(x) ? x.lanes() : x);
    return layouts;
  }

  private static boolean lanesFit(Tensor x) {
    return x.shape().rank() >= 2 && x.size() > 0 && x.dtype() == DType.FLOAT32;
  }

  /** The elements in column-major order. */
  static Tensor transposed(Tensor x) {
    int[] dims = x.shape().toArray();
    int rank = dims.length;
    int[] reversed = new int[rank];
    for (int i = 0; i < rank; i++) {
      reversed[i] = rank - 1 - i;
    }
    Tensor copy = Tensor.of(x.permute(reversed).toArray(), x.permute(reversed).shape().toArray());
    return copy.permute(reversed);
  }

  /** Every second element of the inner part of a larger tensor of NaN. */
  static Tensor sliced(Tensor x) {
    int rank = x.shape().rank();
    if (rank == 0) {
      return x;
    }
    int[] dims = x.shape().toArray();
    int[] larger = dims.clone();
    for (int i = 0; i < rank; i++) {
      larger[i] = dims[i] + 2;
    }
    larger[rank - 1] = 2 * dims[rank - 1] + 3;
    float[] values = x.toArray();
    float[] spread = new float[Math.toIntExact(Shape.of(larger).size())];
    Arrays.fill(spread, Float.NaN);
    long[] strides = Shape.of(larger).strides();
    for (int i = 0; i < values.length; i++) {
      long at = 0;
      int rest = i;
      for (int d = rank - 1; d >= 0; d--) {
        int index = rest % dims[d];
        rest /= dims[d];
        at += strides[d] * (d == rank - 1 ? 1 + 2 * index : 1 + index);
      }
      spread[Math.toIntExact(at)] = values[i];
    }
    Tensor y = Tensor.of(spread, larger);
    for (int d = 0; d < rank; d++) {
      boolean last = d == rank - 1;
      y = y.slice(d, 1, last ? 1 + 2 * dims[d] : 1 + dims[d], last ? 2 : 1);
    }
    return y;
  }

  /** All elements as they lie in memory, padding included. */
  static float[] raw(Tensor x) {
    float[] values = new float[Math.toIntExact(x.layout().elements(x.shape()))];
    HostCopy.read(x, values);
    return values;
  }
}
