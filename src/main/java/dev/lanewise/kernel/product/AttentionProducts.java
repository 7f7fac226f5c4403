package dev.lanewise.kernel.product;

/**
 * The six products of {@link Attention}, for m queries from {@code first} on and n keys from {@code
 * start} on, on the calling thread. Addresses are raw; rows of scores, probabilities and their
 * gradients are {@link Attention#LEADING} floats apart, those of outputs and other gradients as far
 * as the number behind the address says.
 */
interface AttentionProducts {
  /** scores = scale q kᵀ; what follows the n scores of a row is overwritten. */
  void scores(int batch, int first, int m, int start, int n, long scores);

  /** y = p v, or y + p v. */
  void output(int batch, int m, int start, int n, long p, boolean add, long y, int yLeading);

  /** dv = pᵀ dy, or dv + pᵀ dy. */
  void valueGradient(
      int m, int n, long p, long dy, int dyLeading, boolean add, long dv, int dvLeading);

  /** dp = dy vᵀ; what follows the n gradients of a row is overwritten. */
  void probabilityGradient(int batch, int m, int start, int n, long dy, int dyLeading, long dp);

  /** dq = ds k, or dq + ds k. */
  void queryGradient(
      int batch, int m, int start, int n, long ds, boolean add, long dq, int dqLeading);

  /** dk = dsᵀ q, or dk + dsᵀ q. */
  void keyGradient(
      int batch, int first, int m, int n, long ds, boolean add, long dk, int dkLeading);

  /** The way for these operands, by how they lie and sizes alone. */
  static AttentionProducts of(
      Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s) {
    return AttentionTileProducts.suits(q, k, v, s)
        ? new AttentionTileProducts(q, k, v, s)
        : new AttentionBlasProducts(q, k, v, s);
  }
}
