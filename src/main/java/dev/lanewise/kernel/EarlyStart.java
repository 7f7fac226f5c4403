package dev.lanewise.kernel;

/**
 * Prepares what a first training step would wait for, beside the start of a program: it builds its
 * model or reads its data then, on one processor, and the compiler has nothing to do.
 */
public final class EarlyStart {
  private EarlyStart() {}

  /** Begins, in a thread of its own, and returns. What is needed earlier waits for it. */
  public static void begin() {
    Thread.ofPlatform()
        .daemon()
        .name("lanewise-start")
        .start(() -> {
          BlockKernels.prepare();
          Reduction.prepare();
        });
  }
}
