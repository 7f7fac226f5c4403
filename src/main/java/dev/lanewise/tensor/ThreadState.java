package dev.lanewise.tensor;

import org.jspecify.annotations.Nullable;

/** What belongs to a thread: its innermost scope, and whether the tape records. */
final class ThreadState {
  private static final ThreadLocal<ThreadState> CURRENT = ThreadLocal.withInitial(ThreadState::new);

  @Nullable Scope scope;
  boolean recording = true;

  static ThreadState current() {
    return CURRENT.get();
  }
}
