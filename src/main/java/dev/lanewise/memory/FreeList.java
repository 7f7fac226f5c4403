package dev.lanewise.memory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The waiting blocks of one size class, by address. Guarded by the pool's lock. */
final class FreeList {
  /** A stack that reuses its array, so that neither allocating nor freeing makes garbage. */
  static final class Addresses {
    private long[] values = new long[8];
    private int size;

    int size() {
      return size;
    }

    void push(long address) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = address;
    }

    long peek() {
      return values[size - 1];
    }

    long pop() {
      return values[--size];
    }
  }

  /** Blocks that have been used and keep their physical memory; the last freed comes first. */
  final Addresses warm = new Addresses();

  /** Blocks that hold no physical memory. */
  final Addresses cold = new Addresses();

  /** Who held a block last; filled in poison mode only. */
  private final Map<Long, String> lastLabels = new HashMap<>();

  String lastLabel(long address) {
    return lastLabels.getOrDefault(address, "nobody");
  }

  void setLastLabel(long address, String label) {
    lastLabels.put(address, label);
  }
}
