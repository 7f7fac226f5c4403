package dev.lanewise.kernel.norm;

import dev.lanewise.kernel.elementwise.ScalarReorder;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/** The scalar twin of {@link BatchNormKernel}, in float64 and element by element. */
public final class ScalarBatchNorm {
  private ScalarBatchNorm() {}

  private static double get(Operand x, long i) {
    return Mem.get(Operand.address(x) + i * 4);
  }

  private static void set(Operand y, long i, double value) {
    Mem.set(Operand.address(y) + i * 4, (float) value);
  }

  /** Where an element stands: image (or row), channel, pixel. */
  public static long at(ChannelDims d, int n, int c, int pixel) {
    return d.rows()
        ? (long) n * d.C() + c
        : ScalarReorder.lane(n, 0, pixel, c, 1, d.pixels(), d.C());
  }

  /** Mean and 1 / sqrt(variance + eps) of each channel. */
  public static void statistics(
      Operand x, Operand mean, Operand inverse, float eps, ChannelDims d) {
    for (int c = 0; c < d.C(); c++) {
      double sum = 0;
      double square = 0;
      for (int n = 0; n < d.N(); n++) {
        for (int p = 0; p < d.pixels(); p++) {
          sum += get(x, at(d, n, c, p));
        }
      }
      double average = sum / d.count();
      for (int n = 0; n < d.N(); n++) {
        for (int p = 0; p < d.pixels(); p++) {
          square += Math.pow(get(x, at(d, n, c, p)) - average, 2);
        }
      }
      set(mean, c, average);
      set(inverse, c, 1 / Math.sqrt(square / d.count() + eps));
    }
  }

  /** See {@link BatchNormKernel#normalise}. */
  public static void normalise(
      Operand x,
      Operand weight,
      Operand bias,
      Operand mean,
      Operand inverse,
      @Nullable Operand residual,
      boolean relu,
      float most,
      Operand y,
      ChannelDims d) {
    for (int c = 0; c < d.C(); c++) {
      for (int n = 0; n < d.N(); n++) {
        for (int p = 0; p < d.pixels(); p++) {
          long i = at(d, n, c, p);
          double v = (get(x, i) - get(mean, c)) * get(inverse, c) * get(weight, c) + get(bias, c);
          v += residual == null ? 0 : get(residual, i);
          set(y, i, relu ? Math.clamp(v, 0, most) : v);
        }
      }
    }
  }

  /** See {@link BatchNormKernel#gradient}; {@code y} is the output where it was rectified. */
  public static void gradient(
      Operand dy,
      Operand x,
      @Nullable Operand y,
      float most,
      Operand weight,
      Operand mean,
      Operand inverse,
      boolean batchStatistics,
      Operand dx,
      Operand dweight,
      Operand dbias,
      Operand dresidual,
      ChannelDims d) {
    for (int c = 0; c < d.C(); c++) {
      double sum = 0;
      double product = 0;
      for (int n = 0; n < d.N(); n++) {
        for (int p = 0; p < d.pixels(); p++) {
          long i = at(d, n, c, p);
          boolean passes = y == null || (get(y, i) > 0 && get(y, i) < most);
          double g = passes ? get(dy, i) : 0;
          set(dresidual, i, g);
          sum += g;
          product += g * (get(x, i) - get(mean, c)) * get(inverse, c);
        }
      }
      set(dbias, c, sum);
      set(dweight, c, product);
      double w = get(weight, c) * get(inverse, c);
      double share = batchStatistics ? 1.0 / d.count() : 0;
      for (int n = 0; n < d.N(); n++) {
        for (int p = 0; p < d.pixels(); p++) {
          long i = at(d, n, c, p);
          double normal = (get(x, i) - get(mean, c)) * get(inverse, c);
          set(dx, i, w * (get(dresidual, i) - share * sum - normal * share * product));
        }
      }
    }
  }
}
