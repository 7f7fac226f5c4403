package dev.lanewise;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts what this thread takes from the heap. */
public final class HeapMeter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private HeapMeter() {}

  /** The bytes so far; reading them takes none. */
  public static long bytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
