package dev.lanewise.kernel.reduce;

/** Loops over one reduction, made from {@link ReduceLoop}. */
interface ReduceRange {
  /** Reduces adjacent rows of n elements to one element each. */
  void rows(long x, long y, int rows, int n);

  /** Reduces {@code reduce} rows, so many bytes apart, to one row of n elements. */
  void columns(long x, long row, int reduce, long y, int n);
}
