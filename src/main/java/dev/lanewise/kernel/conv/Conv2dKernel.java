package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/**
 * Direct convolution, all three passes, on the batch-reduce GEMM. Images lie with the lanes over
 * the batch, [block][H][W][C][L], so a vector is one channel of one pixel of L images: no channel
 * count is special, and forward, backward-data and backward-weights are the same register block
 * with other strides. Padding left and right is a copy with zeros (one pass over the input); above
 * and below, the taps that fall outside are left out.
 *
 * <p>Weights stay [K][C/groups][R][S] for users, and are packed for each pass into the order in
 * which the block reads them (a share of about 1/(OH*OW*N) of the work).
 */
public final class Conv2dKernel {
  private Conv2dKernel() {}

  /**
   * y = x * w + bias.
   *
   * @param x [blocks][H][W][C][L]
   * @param w [K][C/groups][R][S]
   * @param bias [K], or null
   * @param y [blocks][OH][OW][K][L]
   */
  public static void forward(
      Operand x, Operand w, @Nullable Operand bias, Operand y, Conv2dDims d) {
    switch (ConvRule.forward(d)) {
      case ConvForm.Tiles(WinogradTransform size) -> Winograd.forward(x, w, bias, y, d, size);
      case ConvForm.Phases(WinogradTransform size) -> ConvPhases.of(d).forward(x, w, bias, y, size);
      case ConvForm.Rows(WinogradTransform size) -> WinogradRows.forward(x, w, bias, y, d, size);
      case ConvForm.Columns() -> WinogradColumns.run(x, w, bias, y, d);
      case ConvForm.ByChannel() ->
          Depthwise.forward(
              Operand.address(x),
              Operand.address(w),
              bias == null ? 0 : Operand.address(bias),
              Operand.address(y),
              d);
      case ConvForm.Direct() -> ConvForward.run(x, w, bias, y, d);
    }
  }

  /**
   * dx = the gradient of the input. Output pixels that share a remainder by the stride share their
   * taps, an arithmetic progression; each such phase is a convolution of dy with stride 1.
   *
   * @param dy [blocks][OH][OW][K][L]
   * @param w [K][C/groups][R][S]
   * @param dx [blocks][H][W][C][L]
   */
  public static void backwardInput(Operand dy, Operand w, Operand dx, Conv2dDims d) {
    switch (ConvRule.backwardInput(d)) {
      case ConvForm.Tiles(WinogradTransform size) -> Winograd.backwardInput(dy, w, dx, d, size);
      case ConvForm.Phases(WinogradTransform size) ->
          ConvPhases.of(d).backwardInput(dy, w, dx, size);
      case ConvForm.Rows(WinogradTransform size) -> WinogradRows.backwardInput(dy, w, dx, d, size);
      case ConvForm.ByChannel() ->
          Depthwise.backwardInput(Operand.address(dy), Operand.address(w), Operand.address(dx), d);
      case ConvForm.Columns _, ConvForm.Direct _ -> ConvInputGradient.run(dy, w, dx, d);
    }
  }

  /**
   * dw = the gradient of the weight: sums over images, columns and rows.
   *
   * @param x [blocks][H][W][C][L]
   * @param dy [blocks][OH][OW][K][L]
   * @param dw [K][C/groups][R][S]
   */
  public static void backwardWeight(Operand x, Operand dy, Operand dw, Conv2dDims d) {
    switch (ConvRule.backwardWeight(d)) {
      case ConvForm.Tiles(WinogradTransform size) -> new WinogradGradient(x, dy, dw, d, size).run();
      case ConvForm.Phases(WinogradTransform size) ->
          ConvPhases.of(d).backwardWeight(x, dy, dw, size);
      case ConvForm.ByChannel() ->
          Depthwise.backwardWeight(Operand.address(x), Operand.address(dy), Operand.address(dw), d);
      case ConvForm.Rows _, ConvForm.Columns _, ConvForm.Direct _ ->
          ConvWeightGradient.run(x, dy, dw, d);
    }
  }
}
