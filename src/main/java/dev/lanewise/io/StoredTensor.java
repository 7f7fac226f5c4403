package dev.lanewise.io;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A tensor as it stands in a file: shape and values in row-major order, on the heap. Its arrays are
 * not copied; they must not be changed while it is in use.
 */
public sealed interface StoredTensor {
  /** The dimensions. */
  Shape shape();

  /** The type of the elements. */
  DType dtype();

  /** 32-bit floating point values. */
  record Floats(Shape shape, float[] values) implements StoredTensor {
    /** Checks the number of values. */
    public Floats {
      checkCount(shape, values.length);
    }

    @Override
    public DType dtype() {
      return DType.FLOAT32;
    }
  }

  /** 64-bit integers. */
  record Longs(Shape shape, long[] values) implements StoredTensor {
    /** Checks the number of values. */
    public Longs {
      checkCount(shape, values.length);
    }

    @Override
    public DType dtype() {
      return DType.INT64;
    }
  }

  /** Truth values, one byte each, 0 or 1. */
  record Booleans(Shape shape, byte[] values) implements StoredTensor {
    /** Checks the number of values, and that each is 0 or 1. */
    public Booleans {
      checkCount(shape, values.length);
      for (byte value : values) {
        if (value != 0 && value != 1) {
          throw new IllegalArgumentException("A truth value is " + value + "; expected 0 or 1.");
        }
      }
    }

    @Override
    public DType dtype() {
      return DType.BOOL;
    }
  }

  /** A copy of the elements of a tensor, whatever its layout. */
  static StoredTensor of(Tensor tensor) {
    return switch (tensor.dtype()) {
      case FLOAT32 -> new Floats(tensor.shape(), tensor.toArray());
      case INT64 -> new Longs(tensor.shape(), tensor.toLongArray());
      case BOOL -> new Booleans(tensor.shape(), tensor.toByteArray());
      default ->
          throw new CheckpointException(
              "Tensors of type %s are not stored; expected FLOAT32, INT64 or BOOL."
                  .formatted(tensor.dtype()));
    };
  }

  /** A fresh tensor of these values, of the same type. */
  default Tensor toTensor() {
    return Tensor.make(shape(), dtype(), Layout.PLAIN, "stored").copyFrom(segment());
  }

  /** The values as memory, in this machine's byte order. */
  private MemorySegment segment() {
    return switch (this) {
      case Floats stored -> MemorySegment.ofArray(stored.values);
      case Longs stored -> MemorySegment.ofArray(stored.values);
      case Booleans stored -> MemorySegment.ofArray(stored.values);
    };
  }

  /** Copies the values into a tensor of the same shape and type. */
  default void copyTo(Tensor tensor) {
    tensor.copyFrom(segment());
  }

  private static void checkCount(Shape shape, int count) {
    if (shape.size() != count) {
      throw new IllegalArgumentException(
          "%d values for shape %s, which has %d elements.".formatted(count, shape, shape.size()));
    }
  }
}
