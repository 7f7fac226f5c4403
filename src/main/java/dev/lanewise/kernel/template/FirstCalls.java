package dev.lanewise.kernel.template;

/**
 * Lets a scalar twin do most of a vector loop's first calls.
 *
 * <p>A vector operation in the interpreter makes an object, an array, and a call for each lane,
 * some microseconds in all, while plain loops over arrays are compiled within milliseconds and are
 * faster even interpreted. The compiler learns from real calls of the vector loop what it needs, so
 * that has a share of the time from the beginning. It takes over when it has been seen to be
 * compiled, or when the twin has worked for some steps: the compiler asks for what is called, and
 * with the twin for longer the epoch is later (see {@code docs/notes/compiler-and-start.md}). Both
 * give the same bits.
 *
 * <p>Used like this, about once for some hundred elements; afterwards it costs one comparison:
 *
 * <pre>{@code
 * if (FIRST.over()) {
 *   vectors(...);
 *   return;
 * }
 * long start = System.nanoTime();
 * if (FIRST.vectorsNext()) {
 *   vectors(...);
 *   FIRST.vectorsDone(System.nanoTime() - start, elements);
 * } else {
 *   scalars(...);
 *   FIRST.scalarsDone(System.nanoTime() - start);
 * }
 * }</pre>
 *
 * <p>Each loop writes this frame out. Handed to a method here, its two halves would be objects made
 * at every call, just while nothing is compiled that could spare them, and later calls that the
 * compiler sees through only where it inlines them; with a single call of the vector loop, between
 * a question before it and one behind, the hot path would ask twice.
 */
public final class FirstCalls {
  /**
   * Whether something slower serves until a loop is compiled. With {@code
   * lanewise.kernels.interim=false} a loop is compiled before it is first used, or serves from its
   * first call on: for tests, most of whose work would be done by twins and interim kernels
   * otherwise.
   */
  public static final boolean INTERIM =
      Boolean.parseBoolean(System.getProperty("lanewise.kernels.interim", "true"));

  /**
   * A compiled loop takes at most a nanosecond for an element, out of memory; one that is
   * interpreted 30 and more.
   */
  static final long HOT_NANOS_PER_ELEMENT = 6;

  /** How long the twin works at most: two or three training steps of a small network. */
  static final long TWIN_NANOS = 20_000_000L;

  /** The twin gets so much more time than the vector loop. */
  static final int TWIN_SHARE = 10;

  // Threads lose each other's times, and see the end late: neither matters.
  private boolean over;
  private long vectorNanos;
  private long twinNanos;

  /** Over from the beginning where {@link #INTERIM} says so. */
  public FirstCalls() {
    this(INTERIM);
  }

  FirstCalls(boolean twin) {
    over = !twin;
  }

  /** Whether there are only calls of the vector loop from now on. */
  public boolean over() {
    return over;
  }

  /** Whether the next call is one of the vector loop. */
  public boolean vectorsNext() {
    return vectorNanos * TWIN_SHARE <= twinNanos;
  }

  /** A call of the vector loop took so long, for so many elements written. */
  public void vectorsDone(long nanos, long elements) {
    vectorNanos += nanos;
    if (nanos < elements * HOT_NANOS_PER_ELEMENT) {
      over = true;
    }
  }

  /** A call of the twin took so long. */
  public void scalarsDone(long nanos) {
    twinNanos += nanos;
    if (twinNanos > TWIN_NANOS) {
      over = true;
    }
  }
}
