package dev.lanewise.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What belongs to a thread: its innermost scope, whether the tape records, a dry run and a profiler
 * that are under way.
 */
final class ThreadState {
  private static final ThreadLocal<ThreadState> CURRENT = ThreadLocal.withInitial(ThreadState::new);

  @Nullable Scope scope;
  boolean recording = true;
  @Nullable DryRun dryRun;
  @Nullable Profiler profiler;

  static ThreadState current() {
    return CURRENT.get();
  }
}
