package dev.lanewise.kernel.reduce;

/** Loops over one reduction that also tells which element it chose, from {@link ChoiceLoop}. */
interface ChoiceRange {
  /** Reduces adjacent rows of n elements to one element and one 64-bit index each. */
  void rows(long x, long y, long index, int rows, int n);

  /** Reduces {@code reduce} rows, so many bytes apart, to one row of n elements and indices. */
  void columns(long x, long row, int reduce, long y, long index, int n);
}
