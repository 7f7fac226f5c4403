package dev.lanewise.tensor;

/** The type of a tensor's elements. Only {@link #FLOAT32} is computed with and differentiated. */
public enum DType {
  /** 32-bit floating point. */
  FLOAT32(4),
  /** 64-bit integers: class labels and indices. */
  INT64(8),
  /** 32-bit integers. */
  INT32(4),
  /** Unsigned bytes: images. */
  UINT8(1),
  /** Truth values, one byte each, 0 or 1: masks. */
  BOOL(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes an element. */
  public int bytes() {
    return bytes;
  }
}
