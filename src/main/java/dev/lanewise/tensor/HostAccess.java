package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.HostCopy;
import java.lang.foreign.MemorySegment;

/** The elements of a {@link Tensor} as arrays of the heap, read and written. */
public abstract sealed class HostAccess extends Differentiable permits Arrangement {
  HostAccess() {}

  /**
   * The value of a tensor of one element.
   *
   * @throws IllegalStateException when it has more or fewer
   */
  public float item() {
    if (self().size() != 1) {
      throw new IllegalStateException(
          "item: the tensor has shape " + self().shape() + ", not one element");
    }
    requireType("item", DType.FLOAT32);
    Tensor plain = self().contiguous();
    float value = HostCopy.first(plain);
    self().release(plain);
    return value;
  }

  /** All elements in row-major order of the logical shape, whatever the layout. */
  public float[] toArray() {
    requireType("toArray", DType.FLOAT32);
    float[] values = new float[length("toArray")];
    Tensor plain = self().contiguous();
    HostCopy.read(plain, values);
    self().release(plain);
    return values;
  }

  /** All elements of an integer tensor in row-major order. */
  public long[] toLongArray() {
    requireType("toLongArray", DType.INT64);
    long[] values = new long[length("toLongArray")];
    Tensor plain = self().contiguous();
    HostCopy.read(plain, values);
    self().release(plain);
    return values;
  }

  /** All elements of a tensor of bytes or truth values in row-major order. */
  public byte[] toByteArray() {
    if (self().dtype().bytes() != 1) {
      throw new IllegalStateException(
          "toByteArray: the tensor holds " + self().dtype() + ", not bytes");
    }
    byte[] values = new byte[length("toByteArray")];
    Tensor plain = self().contiguous();
    HostCopy.read(plain, values);
    self().release(plain);
    return values;
  }

  /**
   * Writes all elements in place, in row-major order.
   *
   * @return this
   * @throws IllegalArgumentException when the number of values is not that of the shape
   */
  public Tensor copyFrom(float[] values) {
    checkWritable("copyFrom", DType.FLOAT32, values.length);
    HostCopy.write(values, self());
    return written();
  }

  /** Writes all elements of an integer tensor in place. */
  public Tensor copyFrom(long[] values) {
    checkWritable("copyFrom", DType.INT64, values.length);
    HostCopy.write(values, self());
    return written();
  }

  /** Writes all elements in place from memory that holds exactly as many bytes as this tensor. */
  public Tensor copyFrom(MemorySegment source) {
    DType type = self().dtype();
    if (source.byteSize() % type.bytes() != 0) {
      throw new IllegalArgumentException(
          "copyFrom: " + source.byteSize() + " bytes are no whole number of " + type);
    }
    checkWritable("copyFrom", type, source.byteSize() / type.bytes());
    HostCopy.write(source, self());
    return written();
  }

  /** An array of the heap has fewer than 2^31 elements, and none is made of a closed tensor. */
  private int length(String who) {
    if (self().closed()) {
      throw new IllegalStateException(who + ": the tensor " + self().shape() + " is closed");
    }
    if (self().size() > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          who + ": the tensor " + self().shape() + " has more elements than an array can hold");
    }
    return (int) self().size();
  }

  private Tensor written() {
    self().changed();
    return self();
  }

  private void checkWritable(String who, DType expected, long count) {
    requireType(who, expected);
    if (self().layout() != Layout.PLAIN || !self().isContiguous()) {
      throw new IllegalStateException(
          who + ": the tensor " + self().shape() + " is not plain and contiguous");
    }
    if (count != self().size()) {
      throw new IllegalArgumentException(
          who
              + ": "
              + count
              + " values for shape "
              + self().shape()
              + ", which has "
              + self().size()
              + " elements");
    }
  }
}
