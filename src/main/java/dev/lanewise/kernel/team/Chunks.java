package dev.lanewise.kernel.team;

import dev.lanewise.kernel.vector.Caches;

/**
 * Cuts a range of items into even chunks for the {@link Team}. The cut depends on the sizes only,
 * so the same bits come out with any number of threads; small work runs on the caller's thread.
 */
public final class Chunks {
  /**
   * Elements a chunk should have: about a microsecond of work for the lightest kernels, below which
   * a parallel region costs more than it gains.
   */
  public static final int GRAIN = 16384;

  /**
   * Less work stays on the calling thread: a few microseconds. To share it takes half a microsecond
   * for the region, and more for the lines that then lie in the other core's cache. A training step
   * of a 2-100-3 network with 300 samples, 30,000 elements a tensor, was slower on two threads than
   * on one.
   */
  private static final int ALONE = 2 * GRAIN;

  /** Enough to balance many threads; more would only cost claims. */
  private static final int MOST = 256;

  /**
   * Work on so many elements leaves more behind than a core's second cache level holds, so the next
   * one begins at its end ({@link Team#runTurning}).
   */
  private static final long LARGE = 1 << 18;

  /**
   * The last work that does. Where streams are fetched ahead across pages, those of a chunk that
   * lies before the last one begin anew instead of going on, which costs more than what the second
   * level holds of many megabytes is worth (docs/notes/memory-bound-layers.md).
   */
  private static final long LARGEST_TURNING =
      Caches.FETCHES_ACROSS_PAGES ? 1 << 20 : Long.MAX_VALUE;

  /** Work on the items {@code from} to {@code to - 1}. */
  @FunctionalInterface
  public interface Body {
    void run(long from, long to);
  }

  private Chunks() {}

  /**
   * The first of the items of a part, where items are spread over parts as evenly as they can; of
   * the part behind the last one, their number.
   */
  public static int first(int part, int parts, int items) {
    return (int) ((long) part * items / parts);
  }

  /** Whether this work is one chunk; asked first where even the lambda of a body would count. */
  public static boolean single(long elements) {
    return elements < ALONE;
  }

  /**
   * Runs the body over all items, in parallel if there is enough work.
   *
   * @param items how many
   * @param elementsPerItem the work of one of them, in elements read or written
   */
  public static void run(long items, long elementsPerItem, Body body) {
    long work = items * elementsPerItem;
    run(items, elementsPerItem, work >= LARGE && work <= LARGEST_TURNING, body);
  }

  /**
   * As {@link #run}, for little work between two passes over large tensors, of which the second one
   * has to begin where the first one ended: this one leaves the direction as it is.
   */
  public static void runBetween(long items, long elementsPerItem, Body body) {
    run(items, elementsPerItem, false, body);
  }

  private static void run(long items, long elementsPerItem, boolean turning, Body body) {
    long chunk = size(items, elementsPerItem);
    if (chunk >= items) {
      if (items > 0) {
        body.run(0, items);
      }
      return;
    }
    int chunks = (int) Math.ceilDiv(items, chunk);
    ChunkTask task = index -> body.run(index * chunk, Math.min(items, (index + 1) * chunk));
    if (turning) {
      Team.global().runTurning(chunks, task);
    } else {
      Team.global().run(chunks, task);
    }
  }

  /** Items of a chunk: whole cache lines where the items are small. */
  private static long size(long items, long elementsPerItem) {
    if (single(items * elementsPerItem)) {
      return items;
    }
    long chunks = Math.clamp(Math.ceilDiv(items * elementsPerItem, GRAIN), 1, MOST);
    long chunk = Math.max(1, Math.ceilDiv(items, chunks));
    return elementsPerItem < 16 ? (chunk + 63) / 64 * 64 : chunk;
  }
}
