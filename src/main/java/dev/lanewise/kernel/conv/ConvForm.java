package dev.lanewise.kernel.conv;

/** How a pass of a convolution is computed: what {@link ConvRule} chooses between. */
sealed interface ConvForm {
  /** As it is defined, tap by tap. */
  record Direct() implements ConvForm {}

  /** One channel a group: see {@link Depthwise}. */
  record ByChannel() implements ConvForm {}

  /**
   * Winograd's tiles, with the convolution's own stride.
   *
   * @param size of a tile
   */
  record Tiles(WinogradTransform size) implements ConvForm {}

  /**
   * Winograd's tiles with stride 1, the phases of the stride being channels: see {@link
   * ConvPhases}.
   *
   * @param size of a tile
   */
  record Phases(WinogradTransform size) implements ConvForm {}

  /**
   * Winograd along the rows only: see {@link WinogradRows}.
   *
   * @param size whose row is that of a tile
   */
  record Rows(WinogradTransform size) implements ConvForm {}

  /** Winograd along the columns only, its points in registers: see {@link WinogradColumns}. */
  record Columns() implements ConvForm {}
}
