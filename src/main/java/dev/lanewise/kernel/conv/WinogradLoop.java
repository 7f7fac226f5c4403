package dev.lanewise.kernel.conv;

/**
 * A small constant matrix applied to many columns of vectors: for every item n, out[i] = Σ_j
 * m[i][j] in[j]. Lanes never meet, so they may be images or channels.
 */
@FunctionalInterface
public interface WinogradLoop {
  /**
   * Runs over some items. Vector j of item n is read at {@code from + j * fromStride + n *
   * fromStep}, vector i of its result written at {@code to + i * toStride + n * toStep}. Addresses
   * are raw, strides bytes.
   *
   * @param from address of the first vector read
   * @param fromStride bytes from vector to vector
   * @param fromStep bytes from item to item
   * @param to address of the first vector written
   * @param toStride bytes from vector to vector
   * @param toStep bytes from item to item
   * @param n items
   * @param lanes how many lanes a masked loop writes; others write all
   */
  void run(
      long from,
      long fromStride,
      long fromStep,
      long to,
      long toStride,
      long toStep,
      int n,
      int lanes);
}
