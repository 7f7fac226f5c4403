package dev.lanewise.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.junit.jupiter.api.Test;

class PaceTest {
  /** Whatever lies in memory, an address that waits for it stays what it is. */
  @Test
  void addsNothing() {
    Block block = Pool.global().allocate(Lanes.BYTES, "test");
    try {
      for (int bits : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x3f800000}) {
        Mem.ALL.set(Mem.INT, block.address(), bits);
        assertEquals(0, Pace.after(block.address()));
      }
    } finally {
      block.free();
    }
  }

  /** What goes first is not more than there is, and whole vectors where those come. */
  @Test
  void headIsAPart() {
    for (int vectors = 0; vectors < 3 * Pace.VECTORS; vectors++) {
      int elements = vectors * Lanes.L;
      int head = Pace.head(elements);
      assertEquals(0, head % Lanes.L);
      assertEquals(vectors > 0, head > 0);
      assertEquals(Math.min(elements, head), head);
    }
  }
}
