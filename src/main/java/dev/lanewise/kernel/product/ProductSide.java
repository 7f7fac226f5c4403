package dev.lanewise.kernel.product;

import dev.lanewise.kernel.team.Chunks;

/**
 * One side of a large product: A, whose panels are rows, or B, whose panels are columns. Cut into
 * parts and slices of steps as {@link LargeGemm} does.
 */
final class ProductSide {
  final long address;
  final long stride;
  final boolean stepsAdjacent;
  final int length;
  final int width;
  final int lastWidth;
  final int panels;
  int parts = 1;
  long sliceBytes;

  /** Whether kernels read this side where it lies. */
  boolean inPlace;

  /** Where all slices of all parts are, or 0 if each part of C packs its own. */
  long shared;

  /**
   * Describes a side.
   *
   * @param stepsAdjacent whether the steps of a row (or column) are adjacent in memory
   * @param length rows of A or columns of B
   * @param width of a panel
   * @param lastWidth what the width of the last panel is a multiple of
   */
  ProductSide(
      long address, int leading, boolean stepsAdjacent, int length, int width, int lastWidth) {
    this.address = address;
    this.stride = (long) leading * Float.BYTES;
    this.stepsAdjacent = stepsAdjacent;
    this.length = length;
    this.width = width;
    this.lastWidth = lastWidth;
    this.panels = Math.ceilDiv(length, width);
  }

  /**
   * Steps from panel to panel. Of some lengths (256, 240) all panels would begin in two or four of
   * the 64 sets of a first cache level, and push each other out while they are written.
   */
  static int pitch(int steps) {
    return steps | 1;
  }

  int mostPanels() {
    return Math.ceilDiv(panels, parts);
  }

  int firstPanel(int part) {
    return Chunks.first(part, parts, panels);
  }

  int panelsOf(int part) {
    return firstPanel(part + 1) - firstPanel(part);
  }

  /** Where a slice of a part lies. */
  long source(int part, int firstStep) {
    int first = firstPanel(part) * width;
    return stepsAdjacent
        ? address + first * stride + (long) firstStep * Float.BYTES
        : address + firstStep * stride + (long) first * Float.BYTES;
  }

  void pack(int part, int firstStep, int steps, long target, long buffer) {
    int first = firstPanel(part) * width;
    int count = Math.min(length, firstPanel(part + 1) * width) - first;
    long source = source(part, firstStep);
    PanelPacking.packNarrowLast(
        source,
        stride,
        stepsAdjacent,
        count,
        steps,
        pitch(steps),
        width,
        lastWidth,
        target,
        buffer);
  }
}
