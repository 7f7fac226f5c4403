package dev.lanewise.tensor;

import org.jspecify.annotations.Nullable;

/** Where a node of the tape comes from, as far as somebody watched when it was recorded. */
final class Origin {
  /** The path of the layer that computed it; empty outside of all layers. */
  final String layer;

  /** The line of the program that called for it; only in anomaly mode. */
  @Nullable StackTraceElement place;

  Origin(String layer) {
    this.layer = layer;
  }
}
