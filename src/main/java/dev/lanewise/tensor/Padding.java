package dev.lanewise.tensor;

import dev.lanewise.op.Pad;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Frames around tensors. */
final class Padding {
  private Padding() {}

  /** See {@link Tensor#pad}. */
  static Tensor pad(Tensor x, PadMode mode, float value, int... widths) {
    int rank = x.shape().rank();
    if (widths.length % 2 != 0 || widths.length > 2 * rank) {
      throw new IllegalArgumentException(
          "pad: two widths for each of the last dimensions of shape "
              + x.shape()
              + " are expected, found "
              + Arrays.toString(widths));
    }
    Tensor y = x;
    List<Integer> before =
        new ArrayList<>(IntStream.generate(() -> 0).limit(rank).boxed().toList());
    List<Integer> after = new ArrayList<>(before);
    boolean frame = false;
    for (int i = 0; i < widths.length / 2; i++) {
      int axis = rank - 1 - i;
      int front = widths[2 * i];
      int back = widths[2 * i + 1];
      if (front < 0 || back < 0) {
        int size = y.shape().dim(axis);
        y = y.narrow(axis, Math.max(0, -front), size + Math.min(0, front) + Math.min(0, back));
      }
      front = Math.max(0, front);
      back = Math.max(0, back);
      if (mode == PadMode.CONSTANT) {
        before.set(axis, front);
        after.set(axis, back);
        frame |= front > 0 || back > 0;
      } else if (front > 0 || back > 0) {
        y = continued(y, mode, axis, front, back);
      }
    }
    return frame ? y.pad(new Pad(before, after, value)) : y;
  }

  /** One dimension, continued with its own elements on both sides. */
  private static Tensor continued(Tensor x, PadMode mode, int axis, int front, int back) {
    int size = x.shape().dim(axis);
    int most =
        switch (mode) {
          case REFLECT -> size - 1;
          case CIRCULAR -> size;
          default -> size == 0 ? 0 : Integer.MAX_VALUE;
        };
    if (front > most || back > most) {
      throw new IllegalArgumentException(
          "pad: widths "
              + front
              + " and "
              + back
              + " are more than dimension "
              + axis
              + " of shape "
              + x.shape()
              + " can continue");
    }
    List<Tensor> parts = new ArrayList<>();
    if (front > 0) {
      parts.add(
          switch (mode) {
            case REFLECT -> x.slice(axis, 1, 1 + front).flip(axis);
            case CIRCULAR -> x.slice(axis, size - front, size);
            default -> x.slice(axis, 0, 1).expand(x.shape().with(axis, front).toArray());
          });
    }
    parts.add(x);
    if (back > 0) {
      parts.add(
          switch (mode) {
            case REFLECT -> x.slice(axis, size - 1 - back, size - 1).flip(axis);
            case CIRCULAR -> x.slice(axis, 0, back);
            default -> x.slice(axis, size - 1, size).expand(x.shape().with(axis, back).toArray());
          });
    }
    return Tensor.concat(parts, axis);
  }
}
