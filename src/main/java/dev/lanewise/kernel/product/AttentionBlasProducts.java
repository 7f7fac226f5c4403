package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.product.Attention.LEADING;

import dev.lanewise.blas.Blas;

/** Products of any size, of operands that lie in any way, by a library. */
record AttentionBlasProducts(
    Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s)
    implements AttentionProducts {
  @Override
  public void scores(int batch, int first, int m, int start, int n, long scores) {
    long from = q.address(batch, first);
    long to = k.address(batch, start);
    blas(m, n)
        .sgemm(
            q.transposed(),
            !k.transposed(),
            m,
            n,
            s.depth(),
            s.scale(),
            from,
            q.leading(),
            to,
            k.leading(),
            0,
            scores,
            LEADING);
  }

  @Override
  public void output(
      int batch, int m, int start, int n, long p, boolean add, long y, int yLeading) {
    long from = v.address(batch, start);
    int width = s.valueDepth();
    float beta = add ? 1 : 0;
    blas(m, n)
        .sgemm(
            false,
            v.transposed(),
            m,
            width,
            n,
            1,
            p,
            LEADING,
            from,
            v.leading(),
            beta,
            y,
            yLeading);
  }

  @Override
  public void valueGradient(
      int m, int n, long p, long dy, int dyLeading, boolean add, long dv, int dvLeading) {
    int width = s.valueDepth();
    float beta = add ? 1 : 0;
    blas(m, n).sgemm(true, false, n, width, m, 1, p, LEADING, dy, dyLeading, beta, dv, dvLeading);
  }

  @Override
  public void probabilityGradient(
      int batch, int m, int start, int n, long dy, int dyLeading, long dp) {
    long to = v.address(batch, start);
    int width = s.valueDepth();
    blas(m, n)
        .sgemm(
            false, !v.transposed(), m, n, width, 1, dy, dyLeading, to, v.leading(), 0, dp, LEADING);
  }

  @Override
  public void queryGradient(
      int batch, int m, int start, int n, long ds, boolean add, long dq, int dqLeading) {
    long from = k.address(batch, start);
    int width = s.depth();
    float beta = add ? 1 : 0;
    blas(m, n)
        .sgemm(
            false,
            k.transposed(),
            m,
            width,
            n,
            1,
            ds,
            LEADING,
            from,
            k.leading(),
            beta,
            dq,
            dqLeading);
  }

  @Override
  public void keyGradient(
      int batch, int first, int m, int n, long ds, boolean add, long dk, int dkLeading) {
    long from = q.address(batch, first);
    int width = s.depth();
    float beta = add ? 1 : 0;
    blas(m, n)
        .sgemm(
            true,
            q.transposed(),
            n,
            width,
            m,
            1,
            ds,
            LEADING,
            from,
            q.leading(),
            beta,
            dk,
            dkLeading);
  }

  private Blas blas(int m, int n) {
    return BlasRule.choose(m, n, s.depth());
  }
}
