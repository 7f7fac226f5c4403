package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;

/**
 * The product with the matrix term by term: the twin of the generated loops, and what serves where
 * no class can be defined at run time.
 *
 * @param matrix rows are results
 * @param masked whether only some lanes are written
 */
public record ScalarWinogradLoop(double[][] matrix, boolean masked) implements WinogradLoop {
  @Override
  public void run(
      long from,
      long fromStride,
      long fromStep,
      long to,
      long toStride,
      long toStep,
      int n,
      int lanes) {
    int written = masked ? Math.min(lanes, Lanes.L) : Lanes.L;
    for (int item = 0; item < n; item++) {
      for (int i = 0; i < matrix.length; i++) {
        for (int lane = 0; lane < written; lane++) {
          double sum = 0;
          for (int j = 0; j < matrix[i].length; j++) {
            long at = from + j * fromStride + item * fromStep + (long) lane * Float.BYTES;
            sum += matrix[i][j] * Mem.get(at);
          }
          Mem.set(to + i * toStride + item * toStep + (long) lane * Float.BYTES, (float) sum);
        }
      }
    }
  }
}
