package dev.lanewise.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What belongs to a thread: its innermost scope, whether the tape records, and who watches its
 * operations.
 */
final class ThreadState {
  private static final ThreadLocal<ThreadState> CURRENT = ThreadLocal.withInitial(ThreadState::new);

  @Nullable Scope scope;

  /** What the last scope that was closed kept its members in, all null, for the next one. */
  @Nullable Storage @Nullable [] spareMembers;

  boolean recording = true;
  @Nullable DryRun dryRun;

  /** The latest of those that are told of each operation. */
  @Nullable Watcher watcher;

  /** The layers that compute; kept while there is a watcher. */
  @Nullable LayerTrail trail;

  /** The watcher that measures, where there is one. */
  @Nullable Profiler profiler;

  /** The checkpointed function that is computed, where there is one. */
  @Nullable Region region;

  /** Whether that happens for backward, once more. */
  boolean replaying;

  /** The scope around the backward that runs. */
  @Nullable Scope home;

  static ThreadState current() {
    return CURRENT.get();
  }
}
