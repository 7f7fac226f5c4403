package dev.lanewise.kernel.elementwise;

/** Loops over one function of two variables, made from {@link BinaryLoop}. */
interface BinaryRange {
  /** y[i] = f(a[i], b[i]) for i below n; y may be a or b. */
  void flat(long a, long b, long y, int n);

  /**
   * The same over rows of n elements. The rows of y follow each other; those of a and b start so
   * many bytes apart. A row of a (or b) is n elements, or one element that serves for all.
   */
  void rows(
      long a,
      long aRow,
      boolean aSingle,
      long b,
      long bRow,
      boolean bSingle,
      long y,
      int rows,
      int n);
}
