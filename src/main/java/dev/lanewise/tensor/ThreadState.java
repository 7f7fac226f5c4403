package dev.lanewise.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What belongs to a thread: its innermost scope, whether the tape records, and a dry run that is
 * under way.
 */
final class ThreadState {
  private static final ThreadLocal<ThreadState> CURRENT = ThreadLocal.withInitial(ThreadState::new);

  @Nullable Scope scope;
  boolean recording = true;
  @Nullable DryRun dryRun;

  static ThreadState current() {
    return CURRENT.get();
  }
}
