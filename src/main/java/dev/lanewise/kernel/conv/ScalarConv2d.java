package dev.lanewise.kernel.conv;

/**
 * Convolution and its gradients by their definition, term by term in float64, on plain arrays: what
 * every algorithm is held against.
 */
public final class ScalarConv2d {
  /** The output [N, K, OH, OW]. */
  public final double[] y;

  /** The gradient of the input [N, C, H, W]. */
  public final double[] dx;

  /** The gradient of the weight [K, C/groups, R, S]. */
  public final double[] dw;

  /**
   * Computes all three.
   *
   * @param d the sizes
   * @param x [N, C, H, W]
   * @param w [K, C/groups, R, S]
   * @param bias [K]
   * @param dy [N, K, OH, OW]
   */
  public ScalarConv2d(Conv2dDims d, float[] x, float[] w, float[] bias, float[] dy) {
    y = new double[dy.length];
    dx = new double[x.length];
    dw = new double[w.length];
    int perGroup = d.K() / d.groups();
    int groupC = d.C() / d.groups();
    for (int at = 0; at < y.length; at++) {
      int j = at % d.OW();
      int i = at / d.OW() % d.OH();
      int k = at / d.OW() / d.OH() % d.K();
      int n = at / d.OW() / d.OH() / d.K();
      y[at] = bias[k];
      for (int c = 0; c < groupC; c++) {
        int channel = k / perGroup * groupC + c;
        for (int r = 0; r < d.R(); r++) {
          int row = i * d.strideH() - d.padH() + r * d.dilationH();
          for (int s = 0; s < d.S(); s++) {
            int column = j * d.strideW() - d.padW() + s * d.dilationW();
            if (row < 0 || row >= d.H() || column < 0 || column >= d.W()) {
              continue;
            }
            int from = ((n * d.C() + channel) * d.H() + row) * d.W() + column;
            int tap = ((k * groupC + c) * d.R() + r) * d.S() + s;
            y[at] += (double) x[from] * w[tap];
            dx[from] += (double) dy[at] * w[tap];
            dw[tap] += (double) dy[at] * x[from];
          }
        }
      }
    }
  }
}
