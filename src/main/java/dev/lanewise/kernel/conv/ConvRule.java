package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which algorithm convolves: the one place where that is decided, from the sizes of the problem
 * only, so that results do not depend on threads.
 *
 * <p>Winograd serves kernels of 2x2 to 5x5 with stride 1 and a padding below the size of the
 * kernel, and those with a stride that have 2 to 5 taps in a row for each remainder by it ({@link
 * ConvPhases}) or, with stride 2, 3 to 5 taps in all ({@link StridedCookToom}); no dilation, one
 * group. With few channels and stride 1 it serves along the rows only ({@link WinogradRows}). The
 * setting {@code lanewise.conv.winograd} (or {@code LANEWISE_CONV_WINOGRAD}) is {@code auto},
 * {@code off}, or {@code 2} or {@code 4}, the outputs in a row of a tile, which then serve wherever
 * they can.
 */
public final class ConvRule {
  /** The setting. */
  public static final String SETTING = "lanewise.conv.winograd";

  /**
   * Tiles of 5x5 outputs instead of 4x4 have to save a fifth of the products: they have a third
   * more weights to transform, and results are a little less exact.
   */
  private static final double FEWER_PRODUCTS = 0.8;

  /** Products that tiles of stride 2 may have for each of direct convolution. */
  private static final double STRIDED_PRODUCTS = 0.8;

  // Tiles of four rows: smaller images and fewer outputs gain nothing.
  private static final int FEWEST_TILED_ROWS = 12;
  private static final int FEWEST_TILED_OUTPUTS = 6;

  /** Outputs of tiles and blocks that may stand out, for each that is needed. */
  private static final double MOST_COMPUTED = 1.15;

  /** Half the harmonic mean of C and K: the products of a tile for each vector transformed. */
  private static final long FEW_CHANNELS = 4;

  /** What an image costs with its channels last, of what it costs in a whole vector of them. */
  private static final int CHANNELS_LAST_COST = 2;

  /** Outputs of a tile along a row. */
  private static final int ROW_OUTPUTS = 4;

  /** Steps of a sum from which on tiles along rows pay: with 9 they lose a tenth. */
  private static final int FEW_STEPS = 12;

  /** Products that tiles along rows may have for each of direct convolution. */
  private static final double FEWER_IN_ROWS = 0.7;

  /** Of the second cache level: Sapphire Rapids has so many, Zen 4 half of them. */
  private static final int LARGE_CACHE_BYTES = 2 << 20;

  private static volatile Choice choice =
      parsed(
          System.getProperty(SETTING),
          System.getenv(SETTING.toUpperCase(Locale.ROOT).replace('.', '_')));

  private ConvRule() {}

  /** What the setting asks for. */
  public enum Choice {
    /** Direct convolution only. */
    OFF,
    /** Tiles of 2x2 outputs wherever they can serve. */
    TWO,
    /** Tiles of 4x4 outputs wherever they can serve. */
    FOUR,
    /** What was measured to be fastest. */
    AUTO
  }

  /**
   * Whether few images are convolved with the lanes over the output channels ({@link
   * ConvChannelsLast}) where nothing is recorded: from what was measured, see
   * docs/notes/convolution.md. A batch in lanes costs as much as whole vectors of images do.
   */
  public static boolean channelsLast(Conv2dDims d) {
    return d.groups() == 1
        && d.K() % Lanes.L == 0
        && (long) d.N() * d.OH() * d.OW() <= Integer.MAX_VALUE
        && CHANNELS_LAST_COST * d.N() <= Lanes.roundUp(d.N());
  }

  /**
   * Whether backward-weights reads dy of a piece in the order of memory before its blocks read it,
   * some channels of a pixel after the other, which no prefetcher foresees. From what was measured,
   * see docs/notes/convolution.md: on Zen 4 blocks wait for dy, probably because the multiply-adds
   * behind it soon fill the queue, so that few lines are under way; on Sapphire Rapids it costs
   * more than it brings. The second cache level is what tells the two apart. It changes no bit.
   */
  static boolean fetchesGradient() {
    return Caches.L2 < LARGE_CACHE_BYTES;
  }

  /**
   * Whether the forms of backward-weights that read x as it lies read that of a piece in the order
   * of memory before its blocks do, for the same reason: 1x1 kernels, whose blocks read a pixel
   * once, and images that come from memory. It changes no bit.
   */
  static boolean fetchesInput(Conv2dDims d) {
    boolean pixels =
        d.R() * d.S() == 1 && d.strideH() * d.strideW() == 1 && d.padH() + d.padW() == 0;
    long bytes = (long) d.blocks() * d.H() * d.W() * d.C() * Lanes.BYTES;
    return fetchesGradient() && pixels && d.groups() == 1 && bytes >= Caches.FROM_MEMORY;
  }

  /** What is chosen now. */
  public static Choice choice() {
    return choice;
  }

  /** Chooses for the convolutions to come. */
  public static void choose(Choice newChoice) {
    choice = newChoice;
  }

  static Choice parsed(@Nullable String property, @Nullable String environment) {
    String text = property == null || property.isBlank() ? environment : property;
    if (text == null || text.isBlank()) {
      return Choice.AUTO;
    }
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "off" -> Choice.OFF;
      case "2" -> Choice.TWO;
      case "4" -> Choice.FOUR;
      case "auto" -> Choice.AUTO;
      default ->
          throw new IllegalArgumentException(
              SETTING + " is '" + text + "'; expected off, 2, 4 or auto.");
    };
  }

  /** How y is computed from x and w. */
  static ConvForm forward(Conv2dDims d) {
    ConvForm tiles = tiles(d);
    if (tiles == null && columnsPay(d)) {
      return new ConvForm.Columns();
    }
    return tiles == null ? withoutTiles(d, d.C(), d.H(), d.OH(), d.OW()) : tiles;
  }

  /** How dx is computed from dy and w. */
  static ConvForm backwardInput(Conv2dDims d) {
    ConvForm tiles = tiles(d);
    return tiles == null ? withoutTiles(d, d.K(), d.OH(), d.H(), d.W()) : tiles;
  }

  /**
   * How dw is computed from x and dy. A 5x5 kernel pays from fewer channels on here: direct sums
   * over images and pixels are slower than over channels. Tiles with a stride do not pay: see
   * docs/notes/winograd.md.
   */
  static ConvForm backwardWeight(Conv2dDims d) {
    boolean large = d.R() == 5 && !strided(d);
    boolean enough = (long) d.C() * d.K() >= FEW_CHANNELS * (d.C() + d.K());
    ConvForm tiles = ofUnitStride(d, winograd(d, pays(d) || (large && enough)));
    return tiles == null ? plain(d) : tiles;
  }

  /** Winograd's tiles for forward and backward-data, or null. */
  private static @Nullable ConvForm tiles(Conv2dDims d) {
    WinogradTransform byTwos = byTwos(d);
    return byTwos == null ? ofUnitStride(d, winograd(d, pays(d))) : new ConvForm.Tiles(byTwos);
  }

  /** A stride is made of phases that have none. */
  private static @Nullable ConvForm ofUnitStride(Conv2dDims d, @Nullable WinogradTransform size) {
    if (size == null) {
      return null;
    }
    return strided(d) ? new ConvForm.Phases(size) : new ConvForm.Tiles(size);
  }

  private static ConvForm plain(Conv2dDims d) {
    return Depthwise.serves(d) ? new ConvForm.ByChannel() : new ConvForm.Direct();
  }

  /**
   * Forward and backward-data where tiles in two dimensions do not pay.
   *
   * @param channels that a sum runs over
   * @param from rows of what is read
   * @param to rows of the result
   * @param width columns of the result
   */
  private static ConvForm withoutTiles(Conv2dDims d, int channels, int from, int to, int width) {
    boolean possible =
        choice == Choice.AUTO && BlockKernels.anyBlock() && !strided(d) && possible(d);
    return possible && rowsPay(d.R(), channels, from, to, width)
        ? new ConvForm.Rows(WinogradTransform.of(ROW_OUTPUTS, d.R()))
        : plain(d);
  }

  /**
   * From what was measured, see docs/notes/winograd.md. The form along rows also multiplies taps
   * that lie above and below what is read, which direct convolution leaves out: a row that is read
   * has no more than {@code taps} of those that count.
   */
  private static boolean rowsPay(int taps, int channels, int from, int to, int width) {
    long points = ROW_OUTPUTS + taps - 1L;
    long products = points * Math.ceilDiv(width, ROW_OUTPUTS) * to;
    long direct = (long) taps * width * Math.min(from, to);
    return taps * channels >= FEW_STEPS && products < FEWER_IN_ROWS * direct;
  }

  /**
   * From what was measured, see docs/notes/winograd.md: forward of 3x3 kernels whose sums are too
   * short for the form along rows. 24 sums need more than 16 registers.
   */
  private static boolean columnsPay(Conv2dDims d) {
    if (choice != Choice.AUTO
        || !BlockKernels.anyBlock()
        || Lanes.REGISTERS < 32
        || strided(d)
        || d.R() != 3
        || d.S() != 3
        || d.dilationH() != 1
        || d.dilationW() != 1
        || d.groups() != 1
        || d.R() * d.C() >= FEW_STEPS
        || d.OH() < FEWEST_TILED_ROWS
        || d.K() < FEWEST_TILED_OUTPUTS) {
      return false;
    }
    RowBlocks blocks = WinogradColumns.blocks(d);
    long computed =
        (long) BlockSpec.TILE_OUTPUTS
            * Math.ceilDiv(d.OH(), BlockSpec.TILE_OUTPUTS)
            * blocks.count()
            * blocks.high();
    return computed <= MOST_COMPUTED * d.OH() * d.K();
  }

  private static @Nullable WinogradTransform winograd(Conv2dDims d, boolean fast) {
    Choice now = choice;
    if (now == Choice.OFF || !possible(d)) {
      return null;
    }
    int taps = Math.ceilDiv(d.R(), d.strideH());
    return switch (now) {
      case TWO -> WinogradTransform.of(2, taps);
      case FOUR -> WinogradTransform.of(4, taps);
      default -> fast && BlockKernels.anyBlock() ? fewestProducts(d, taps) : null;
    };
  }

  /** Tiles of 5x5 outputs for 3x3 taps where those of 4x4 would stand out far, as of 13x13. */
  private static WinogradTransform fewestProducts(Conv2dDims d, int taps) {
    boolean five = taps == 3 && products(d, 5, taps) < FEWER_PRODUCTS * products(d, 4, taps);
    return WinogradTransform.of(five ? 5 : 4, taps);
  }

  /** Of an image for each pair of channels: 441 with F(5x5) and 576 with F(4x4) for 13x13. */
  private static long products(Conv2dDims d, int outputs, int taps) {
    long points = outputs + taps - 1L;
    return points * points * Math.ceilDiv(d.OH(), outputs) * Math.ceilDiv(d.OW(), outputs);
  }

  private static boolean possible(Conv2dDims d) {
    int taps = Math.ceilDiv(d.R(), d.strideH());
    return taps >= 2
        && taps <= 5
        && Math.ceilDiv(d.S(), d.strideW()) == taps
        && d.dilationH() == 1
        && d.dilationW() == 1
        && d.groups() == 1
        && (strided(d) || (d.padH() < taps && d.padW() < taps));
  }

  /** The tile with a stride of 2 of its own, or null. */
  private static @Nullable WinogradTransform byTwos(Conv2dDims d) {
    Choice now = choice;
    boolean possible =
        d.strideH() == 2
            && d.strideW() == 2
            && d.R() == d.S()
            && d.R() >= 3
            && d.R() <= 5
            && (d.padH() - d.padW()) % 2 == 0
            && d.dilationH() == 1
            && d.dilationW() == 1
            && d.groups() == 1;
    int outputs = now == Choice.TWO ? 2 : 4;
    boolean wanted =
        now == Choice.AUTO ? BlockKernels.anyBlock() && paysByTwos(d, outputs) : now != Choice.OFF;
    return possible && wanted ? WinogradTransform.of(outputs, d.R(), 2) : null;
  }

  /** From what was measured, see docs/notes/winograd.md. */
  private static boolean paysByTwos(Conv2dDims d, int outputs) {
    long points = 2L * outputs + d.R() - 2;
    long tiles = (long) Math.ceilDiv(d.OH(), outputs) * Math.ceilDiv(d.OW(), outputs);
    return Math.min(d.C(), d.K()) >= 32
        && points * points * tiles < STRIDED_PRODUCTS * d.R() * d.S() * d.OH() * d.OW();
  }

  /** Whether the convolution has a stride. */
  private static boolean strided(Conv2dDims d) {
    return d.strideH() > 1 || d.strideW() > 1;
  }

  /** From what was measured, see docs/notes/winograd.md. */
  private static boolean pays(Conv2dDims d) {
    int taps = Math.ceilDiv(d.R(), d.strideH());
    int channels = d.strideH() * d.strideW() * d.C();
    return taps >= 3 && d.K() >= 32 && channels >= (strided(d) ? 12 : 32);
  }
}
