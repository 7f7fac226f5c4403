package dev.lanewise.kernel.pool;

/**
 * One axis of an average pooling: the elements of every window, and the windows of every element.
 * Starts and ends of windows never decrease, so both are ranges.
 *
 * @param start the first element of each window
 * @param end the first element behind each window
 * @param extent how many elements of each window count
 * @param first the first window that holds an element
 * @param behind the first window behind those that hold it
 */
record PoolAxis(int[] start, int[] end, int[] extent, int[] first, int[] behind) {
  /** Windows of one size; {@code padCounts}: elements of the padding count. */
  static PoolAxis regular(
      int size, int outputs, int kernel, int stride, int pad, boolean padCounts) {
    int[] start = new int[outputs];
    int[] end = new int[outputs];
    int[] extent = new int[outputs];
    for (int i = 0; i < outputs; i++) {
      int from = i * stride - pad;
      start[i] = Math.max(0, from);
      end[i] = Math.min(size, from + kernel);
      extent[i] = padCounts ? Math.min(from + kernel, size + pad) - from : end[i] - start[i];
    }
    return inverted(size, start, end, extent);
  }

  /** As many windows as wanted: from floor(i size / outputs) to ceil((i + 1) size / outputs). */
  static PoolAxis adaptive(int size, int outputs) {
    int[] start = new int[outputs];
    int[] end = new int[outputs];
    int[] extent = new int[outputs];
    for (int i = 0; i < outputs; i++) {
      start[i] = (int) ((long) i * size / outputs);
      end[i] = (int) Math.ceilDiv((i + 1L) * size, outputs);
      extent[i] = end[i] - start[i];
    }
    return inverted(size, start, end, extent);
  }

  private static PoolAxis inverted(int size, int[] start, int[] end, int[] extent) {
    int[] first = new int[size];
    int[] behind = new int[size];
    int ended = 0;
    int begun = 0;
    for (int i = 0; i < size; i++) {
      while (ended < end.length && end[ended] <= i) {
        ended++;
      }
      while (begun < start.length && start[begun] <= i) {
        begun++;
      }
      first[i] = ended;
      behind[i] = begun;
    }
    return new PoolAxis(start, end, extent, first, behind);
  }

  int size() {
    return first.length;
  }

  int outputs() {
    return start.length;
  }
}
