package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies between the heap and tensors, and between tensors, of contiguous elements. */
public final class HostCopy {
  private HostCopy() {}

  /** Reads the first float. */
  public static float first(Operand x) {
    return Mem.get(Operand.address(x));
  }

  /** Reads {@code values.length} floats. */
  public static void read(Operand x, float[] values) {
    MemorySegment.copy(
        Mem.ALL, ValueLayout.JAVA_FLOAT, Operand.address(x), values, 0, values.length);
  }

  /** Reads {@code values.length} 64-bit integers. */
  public static void read(Operand x, long[] values) {
    MemorySegment.copy(
        Mem.ALL, ValueLayout.JAVA_LONG, Operand.address(x), values, 0, values.length);
  }

  /** Reads {@code values.length} bytes. */
  public static void read(Operand x, byte[] values) {
    MemorySegment.copy(
        Mem.ALL, ValueLayout.JAVA_BYTE, Operand.address(x), values, 0, values.length);
  }

  /** Writes all of {@code values}. */
  public static void write(float[] values, Operand y) {
    write(values, Operand.address(y));
  }

  public static void write(float[] values, long address) {
    MemorySegment.copy(values, 0, Mem.ALL, ValueLayout.JAVA_FLOAT, address, values.length);
  }

  /** Writes all of {@code values}. */
  public static void write(long[] values, Operand y) {
    MemorySegment.copy(
        values, 0, Mem.ALL, ValueLayout.JAVA_LONG, Operand.address(y), values.length);
  }

  /** Writes all of {@code values}. */
  public static void write(byte[] values, Operand y) {
    MemorySegment.copy(
        values, 0, Mem.ALL, ValueLayout.JAVA_BYTE, Operand.address(y), values.length);
  }

  /** Writes all bytes of {@code source}. */
  public static void write(MemorySegment source, Operand y) {
    MemorySegment.copy(source, 0, Mem.ALL, Operand.address(y), source.byteSize());
  }

  /** Copies {@code bytes} bytes from one tensor to another. */
  public static void copy(Operand x, Operand y, long bytes) {
    MemorySegment.copy(Mem.ALL, Operand.address(x), Mem.ALL, Operand.address(y), bytes);
  }
}
