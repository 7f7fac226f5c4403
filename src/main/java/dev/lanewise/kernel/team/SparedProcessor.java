package dev.lanewise.kernel.team;

/**
 * Whether one of two processors is left to the compiler now: while a process starts, the compiler
 * is busy, and three threads on two processors wait for the one that is not on a processor, which
 * costs more than the third brings. A region then begins on the calling thread alone and is shared
 * when it is long, and idle workers do not spin (see {@code docs/notes/compiler-and-start.md}).
 */
final class SparedProcessor {
  /**
   * How long the compiler is taken to be busy after each kernel that was compiled: then it has the
   * code around the kernels to do.
   */
  private static final long COMPILER_NANOS = 1_000_000_000L;

  /**
   * How long after the start kernels that are compiled count: later they come one at a time, and
   * what runs beside them is in full speed.
   */
  private static final long STARTING_NANOS = 10_000_000_000L;

  private static final long STARTED = System.nanoTime();

  /**
   * How long the caller works alone in a region while the compiler is busy: about as long as the
   * scheduler leaves a thread on a processor.
   */
  static final long ALONE_NANOS = 3_000_000L;

  private volatile boolean spared;
  private volatile long until;

  /** The compiler is busy now and will be for a while: counts while the process starts. */
  void begin() {
    if (System.nanoTime() - STARTED < STARTING_NANOS) {
      begin(Runtime.getRuntime().availableProcessors());
    }
  }

  /** The same at any time, of so many processors. */
  void begin(int processors) {
    until = System.nanoTime() + COMPILER_NANOS;
    spared = processors == 2;
  }

  /** From now on all processors work. */
  void end() {
    spared = false;
  }

  /** Whether a processor is spared; that the time is over, {@link #beginAlone} finds. */
  boolean spared() {
    return spared;
  }

  /** Runs the first chunks on the calling thread, if it is to begin alone; returns how many. */
  int beginAlone(int chunks, ChunkTask task) {
    if (!spared) {
      return 0;
    }
    long start = System.nanoTime();
    if (start - until > 0) {
      spared = false;
      return 0;
    }
    int chunk = 0;
    while (chunk < chunks && System.nanoTime() - start < ALONE_NANOS) {
      task.run(chunk++);
    }
    return chunk;
  }
}
