package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/** A little working memory a thread, kept between calls. Its contents are undefined. */
final class Scratch {
  private static final ThreadLocal<Scratch> CURRENT = ThreadLocal.withInitial(Scratch::new);

  private @Nullable Block block;

  private Scratch() {}

  /** The address of at least {@code bytes} bytes that only this thread uses until its next call. */
  static long address(long bytes) {
    Scratch scratch = CURRENT.get();
    Block block = scratch.block;
    if (block == null || block.bytes() < bytes) {
      if (block != null) {
        block.free();
      }
      block = Pool.global().allocate(bytes, "kernel scratch").freeWithOwner(scratch);
      scratch.block = block;
    }
    return block.address();
  }
}
