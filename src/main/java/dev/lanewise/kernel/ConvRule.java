package dev.lanewise.kernel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which algorithm convolves: the one place where that is decided, from the sizes of the problem
 * only, so that results do not depend on threads.
 *
 * <p>Winograd serves kernels of 3x3 and 5x5 with stride 1, no dilation, one group and a padding
 * below the size of the kernel. The setting {@code lanewise.conv.winograd} (or {@code
 * LANEWISE_CONV_WINOGRAD}) is {@code auto}, {@code off}, or {@code 2} or {@code 4}, the outputs in
 * a row of a tile, which then serve wherever they can.
 */
public final class ConvRule {
  /** The setting. */
  public static final String SETTING = "lanewise.conv.winograd";

  private static volatile Choice choice =
      parsed(
          System.getProperty(SETTING),
          System.getenv(SETTING.toUpperCase(Locale.ROOT).replace('.', '_')));

  private ConvRule() {}

  /** What the setting asks for. */
  public enum Choice {
    /** Direct convolution only. */
    OFF,
    /** F(2x2, 3x3) and F(2x2, 5x5) wherever it can serve. */
    TWO,
    /** F(4x4, 3x3) and F(4x4, 5x5) wherever it can serve. */
    FOUR,
    /** What was measured to be fastest. */
    AUTO
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

  /** The Winograd tile that serves all three passes, or null for direct convolution. */
  static @Nullable WinogradTransform winograd(Conv2dDims d) {
    Choice now = choice;
    if (now == Choice.OFF || !possible(d)) {
      return null;
    }
    return switch (now) {
      case TWO -> WinogradTransform.of(2, d.R());
      case FOUR -> WinogradTransform.of(4, d.R());
      default -> fastest(d);
    };
  }

  private static boolean possible(Conv2dDims d) {
    return (d.R() == 3 || d.R() == 5)
        && d.S() == d.R()
        && d.strideH() == 1
        && d.strideW() == 1
        && d.dilationH() == 1
        && d.dilationW() == 1
        && d.groups() == 1
        && d.padH() < d.R()
        && d.padW() < d.R();
  }

  private static @Nullable WinogradTransform fastest(Conv2dDims d) {
    if (d.C() < 32 || d.K() < 32) {
      return null;
    }
    return WinogradTransform.of(4, d.R());
  }
}
