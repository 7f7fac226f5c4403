package dev.lanewise.kernel.product;

/**
 * The six products of {@link Attention}, for m queries from {@code first} on and n keys from {@code
 * start} on, on the calling thread. Addresses are raw; rows of scores, probabilities and their
 * gradients are {@link Attention#LEADING} floats apart, those of outputs and gradients follow each
 * other.
 */
interface AttentionProducts {
  /** scores = scale q kᵀ; what follows the n scores of a row is overwritten. */
  void scores(int batch, int first, int m, int start, int n, long scores);

  /** y = p v, or y + p v. */
  void output(int batch, int m, int start, int n, long p, boolean add, long y);

  /** dv = dv + pᵀ dy. */
  void valueGradient(int m, int n, long p, long dy, long dv);

  /** dp = dy vᵀ; what follows the n gradients of a row is overwritten. */
  void probabilityGradient(int batch, int m, int start, int n, long dy, long dp);

  /** dq = ds k, or dq + ds k. */
  void queryGradient(int batch, int m, int start, int n, long ds, boolean add, long dq);

  /** dk = dk + dsᵀ q. */
  void keyGradient(int batch, int first, int m, int n, long ds, long dk);

  /** The way for these operands, by how they lie and sizes alone. */
  static AttentionProducts of(
      Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s) {
    return AttentionTileProducts.suits(q, k, v, s)
        ? new AttentionTileProducts(q, k, v, s)
        : new AttentionBlasProducts(q, k, v, s);
  }
}
