package dev.lanewise.kernel;

import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.reduce.Reduction;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Prepares what a first training step would wait for, beside the start of a program: it builds its
 * model or reads its data then, on one processor, and the compiler has nothing to do. A program
 * that has neither a layer nor a parameter needs nothing of it.
 */
public final class EarlyStart {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private EarlyStart() {}

  /**
   * Begins, in a thread of its own, and returns; does nothing the second time. What is needed
   * earlier waits for it.
   */
  public static void begin() {
    if (BEGUN.getPlain() || !BEGUN.compareAndSet(false, true)) {
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("lanewise-start")
        .start(() -> {
          BlockKernels.prepare();
          Reduction.prepare();
        });
  }
}
