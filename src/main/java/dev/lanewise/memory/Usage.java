package dev.lanewise.memory;

import java.util.Locale;

/** What a pool counts, and how it tells that to people. Guarded by the pool's lock. */
final class Usage {
  final Holders holders = new Holders();

  /** The bytes and the number of live blocks. */
  long used;

  long blocks;

  /** The highest number of bytes in use. */
  long peak;

  /** The bytes of live and of waiting blocks. */
  long reserved;

  /** How many blocks were fresh memory of the operating system, and their bytes. */
  long allocations;

  long freshBytes;

  /** How many blocks had been used and freed before. */
  long reuses;

  /** The bytes of all blocks ever handed out. */
  long handedOut;

  /** The bytes of live blocks that the collector may free. */
  long watched;

  void fresh(long size) {
    reserved += size;
    freshBytes += size;
    allocations++;
  }

  void handOut(Holder holder, long size) {
    holder.blocks++;
    holder.bytes += size;
    blocks++;
    used += size;
    handedOut += size;
    if (used > peak) {
      peak = used;
    }
  }

  void takeBack(Block block, long size) {
    block.holder.blocks--;
    block.holder.bytes -= size;
    blocks--;
    used -= size;
    if (block.watched()) {
      watched -= size;
    }
  }

  /** The counters in one line, then one line per label that holds memory, the largest first. */
  String report(long limit) {
    StringBuilder text = new StringBuilder(256);
    text.append(
        String.format(
            Locale.ROOT,
            "%s in %d blocks, peak %s, reserved %s, limit %s, %d fresh, %d reused%n",
            MemorySize.format(used),
            blocks,
            MemorySize.format(peak),
            MemorySize.format(reserved),
            MemorySize.format(limit),
            allocations,
            reuses));
    holders.report(text);
    return text.toString();
  }

  /** Why a request is refused, and who holds the memory. */
  OutOfPoolMemoryException refusal(long bytes, String label, String reason, long limit) {
    String most = holders.most();
    return new OutOfPoolMemoryException(
        String.format(
            Locale.ROOT,
            "'%s' asked for %s, but %s: %s of %s are in use%s; raise lanewise.memory.limit, or use"
                + " smaller batches.",
            label,
            MemorySize.format(bytes),
            reason,
            MemorySize.format(used),
            MemorySize.format(limit),
            most.isEmpty() ? "" : ", most by " + most));
  }
}
