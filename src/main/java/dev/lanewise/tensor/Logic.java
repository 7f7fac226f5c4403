package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.Bools;
import dev.lanewise.kernel.elementwise.CompareFormula;
import dev.lanewise.kernel.elementwise.Elementwise;
import java.lang.foreign.MemorySegment;
import java.util.function.BiPredicate;

/** Operations whose result is a truth value: not differentiable, so not in the catalogue. */
final class Logic {
  private Logic() {}

  /** Floats are compared as vectors, whole numbers of any type one by one. */
  static Tensor compare(
      String who, CompareFormula formula, BiPredicate<Long, Long> whole, Tensor a, Tensor b) {
    int[] dims = Shape.broadcast(who, a.shape(), b.shape()).toArray();
    if (a.dtype() != DType.FLOAT32 && b.dtype() != DType.FLOAT32) {
      return each(whole, a, b, dims);
    }
    Tensor x = floats(a).detach().expand(dims);
    Tensor z = floats(b).detach().expand(dims);
    Tensor y = Tensor.uninitialized(dims);
    Elementwise.binary(formula, x, x.strides(), z, z.strides(), y, dims);
    return truth(y);
  }

  private static Tensor each(BiPredicate<Long, Long> test, Tensor a, Tensor b, int[] dims) {
    long[] x = wholes(a.detach().expand(dims));
    long[] z = wholes(b.detach().expand(dims));
    byte[] y = new byte[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = (byte) (test.test(x[i], z[i]) ? 1 : 0);
    }
    return Tensor.make(Shape.of(dims), DType.BOOL, Layout.PLAIN, "compare")
        .copyFrom(MemorySegment.ofArray(y));
  }

  private static long[] wholes(Tensor x) {
    if (x.dtype() == DType.INT64) {
      return x.toLongArray();
    }
    if (x.dtype().bytes() == 1) {
      byte[] bytes = x.toByteArray();
      long[] values = new long[bytes.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = bytes[i] & 0xff;
      }
      return values;
    }
    throw new IllegalArgumentException("compare: " + x.dtype() + " is not supported");
  }

  /** Truth values and whole numbers as floats. */
  static Tensor floats(Tensor x) {
    if (x.dtype() == DType.FLOAT32) {
      return x;
    }
    if (x.dtype() == DType.BOOL) {
      Tensor y = Tensor.make(x.shape(), DType.FLOAT32, Layout.PLAIN, "floats");
      Tensor plain = x.contiguous();
      Bools.toFloats(plain, y, x.size());
      x.release(plain);
      return y;
    }
    long[] values = wholes(x);
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = values[i];
    }
    return Tensor.of(floats, x.shape().toArray());
  }

  /** Whether elements are not 0. */
  static Tensor truth(Tensor x) {
    if (x.dtype() == DType.BOOL) {
      return x;
    }
    Tensor values = floats(x);
    Tensor plain = values.contiguous();
    Tensor y = Tensor.make(x.shape(), DType.BOOL, Layout.PLAIN, "truth");
    Bools.fromFloats(plain, y, x.size());
    values.release(plain);
    return y;
  }
}
