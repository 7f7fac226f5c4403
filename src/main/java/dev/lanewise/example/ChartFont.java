package dev.lanewise.example;

import java.awt.Font;
import java.awt.FontFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.knowm.xchart.style.AxesChartStyler;

/** The font of all charts: it comes along, so that neither a display nor a font is needed. */
public final class ChartFont {
  private static final String FILE = "com/formdev/flatlaf/fonts/roboto/Roboto-Regular.ttf";

  private ChartFont() {}

  /**
   * Gives the texts of a chart this font.
   *
   * @throws IOException when it cannot be loaded
   */
  public static void style(AxesChartStyler styler) throws IOException {
    Font font = load();
    styler.setBaseFont(font.deriveFont(12f));
    styler.setChartTitleFont(font.deriveFont(16f));
    styler.setAxisTitleFont(font.deriveFont(13f));
    styler.setAxisTickLabelsFont(font.deriveFont(12f));
    styler.setLegendFont(font.deriveFont(12f));
    styler.setAnnotationTextFont(font.deriveFont(12f));
    styler.setToolTipFont(font.deriveFont(12f));
  }

  /**
   * The font, of size 1. Linux without fonts has no configuration of fonts either, and the JDK then
   * refuses every font: a configuration that names ours alone makes it go on.
   *
   * @throws IOException when it cannot be loaded
   */
  public static Font load() throws IOException {
    System.setProperty("java.awt.headless", "true");
    Path configuration = null;
    if (System.getProperty("os.name").startsWith("Linux")
        && System.getProperty("sun.awt.fontconfig") == null) {
      configuration = Files.createTempFile("lanewise", ".properties");
      Files.writeString(
          configuration, "version=1\nsequence.allfonts=latin-1\nallfonts.latin-1=Roboto\n");
      System.setProperty("sun.awt.fontconfig", configuration.toString());
    }
    try (InputStream file = ClassLoader.getSystemResourceAsStream(FILE)) {
      if (file == null) {
        throw new IOException("the font " + FILE + " is not on the class path");
      }
      return Font.createFont(Font.TRUETYPE_FONT, file);
    } catch (FontFormatException broken) {
      throw new IOException(broken);
    } finally {
      if (configuration != null) {
        Files.delete(configuration);
      }
    }
  }
}
