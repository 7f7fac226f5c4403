package dev.lanewise.kernel.vector;

import static dev.lanewise.kernel.vector.Lanes.BYTES;

/**
 * Keeps a core from running too far ahead of the memory that it waits for.
 *
 * <p>A core looks some hundreds of instructions ahead. In a loop of five instructions a vector
 * those are sixty cache lines of each tensor, which probably is more than its first level can wait
 * for. On Zen 4 (machine G of {@code docs/performance.md}) loops over two tensors from memory, and
 * batch normalisation, lose a tenth to a fifth of their speed to that. A loop over one tensor does
 * not, and in the caches it would lose a fifth and more by waiting
 * (docs/notes/memory-bound-layers.md). So in the loops that gain the address of a vector waits for
 * a word of the vector {@link #VECTORS} before it:
 *
 * <pre>{@code
 * long offset = (long) i * 4;
 * offset += Pace.after(behind + offset);   // adds 0
 * }</pre>
 *
 * which is one load and two additions. On other machines it is nothing.
 */
public final class Pace {
  /** Vectors of the stream that is waited for that are under way at most: 12 to 24 are alike. */
  public static final int VECTORS = 16;

  /** Their bytes. */
  public static final long LAG = (long) VECTORS * BYTES;

  /** Only what was measured to gain. */
  private static final boolean KEPT = Caches.FETCHES_ACROSS_PAGES;

  /** Always 0; not final, so that the compiler does not know. */
  private static int none;

  /** So the compiler knows that nothing negative is added, see {@link Mem#ADDRESS_BITS}. */
  private static final int SMALL = 63;

  private Pace() {}

  /** Whether a loop over tensors of so many bytes gains, if it is one that loses in the caches. */
  public static boolean pays(long bytes) {
    return KEPT && bytes >= Caches.FROM_MEMORY;
  }

  /** 0, as soon as the word at this address is there. */
  public static long after(long address) {
    return KEPT ? Mem.ALL.get(Mem.INT, address & Mem.ADDRESS_BITS) & none & SMALL : 0;
  }

  /** How many of these elements, whole vectors, go before the first that waits. */
  public static int head(int elements) {
    return KEPT ? Math.min(elements, VECTORS * Lanes.L) : elements;
  }
}
