package dev.lanewise.memory;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Who holds the memory of a pool, by label. Guarded by the pool's lock. */
final class Holders {
  private static final int NAMED = 5;

  private final Map<String, Holder> holders = new HashMap<>();

  /** The counter of a label, which is kept for ever. */
  Holder of(String label) {
    Holder holder = holders.get(label);
    if (holder == null) {
      holder = new Holder(label);
      holders.put(label, holder);
    }
    return holder;
  }

  /** A line for each label that holds memory, the largest first. */
  void report(StringBuilder text) {
    for (Holder holder : largest()) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-24s %8d blocks %12s%n",
              holder.label,
              holder.blocks,
              MemorySize.format(holder.bytes)));
    }
  }

  /** The largest few in one line; empty where nobody holds anything. */
  String most() {
    StringJoiner most = new StringJoiner(", ");
    for (Holder holder : largest().stream().limit(NAMED).toList()) {
      most.add(
          String.format(
              Locale.ROOT,
              "%s (%d %s, %s)",
              holder.label,
              holder.blocks,
              holder.blocks == 1 ? "block" : "blocks",
              MemorySize.format(holder.bytes)));
    }
    return most.toString();
  }

  private List<Holder> largest() {
    return holders.values().stream()
        .filter(holder -> holder.blocks > 0)
        .sorted(
            Comparator.comparingLong((Holder holder) -> -holder.bytes)
                .thenComparing(holder -> holder.label))
        .toList();
  }
}
