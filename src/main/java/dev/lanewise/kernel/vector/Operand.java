package dev.lanewise.kernel.vector;

import dev.lanewise.memory.Block;

/**
 * What a kernel reads or writes: a place in a block of off-heap memory. Tensors are operands; only
 * the kernel package turns one into a raw address.
 */
public interface Operand {
  /**
   * The block that holds the elements.
   *
   * @throws IllegalStateException when it was closed
   */
  Block block();

  /** Bytes from the start of the block to the first element. */
  long byteOffset();

  /** The raw address of the first element; valid only while the operand is reachable and open. */
  static long address(Operand operand) {
    return operand.block().address() + operand.byteOffset();
  }

  /** A part of an operand of floats, from one of its elements on. */
  static Operand shifted(Operand operand, long elements) {
    return new Operand() {
      @Override
      public Block block() {
        return operand.block();
      }

      @Override
      public long byteOffset() {
        return operand.byteOffset() + elements * Float.BYTES;
      }
    };
  }
}
