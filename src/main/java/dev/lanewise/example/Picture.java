package dev.lanewise.example;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A chart of lines and points, written as PNG. */
public final class Picture {
  private final XYChart chart;

  /** An empty chart of 900x600 pixels, its legend on the right. */
  public Picture(String title, String x, String y) {
    this(title, x, y, 900, 600);
  }

  /** An empty chart of a size in pixels, the legend to the right included. */
  public Picture(String title, String x, String y, int width, int height) {
    System.setProperty("java.awt.headless", "true");
    chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setMarkerSize(6);
  }

  /** An empty chart whose plot is as high as wide, for planes; its legend is below. */
  public static Picture plane(String title, String x, String y) {
    Picture plane = new Picture(title, x, y, 630, 687);
    plane.chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    plane.chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    return plane;
  }

  /** Adds a line through points. */
  public Picture line(String name, double[] x, double[] y) {
    chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
    return this;
  }

  /** Adds points. */
  public Picture points(String name, double[] x, double[] y) {
    scatter(name, x, y).setMarker(SeriesMarkers.CIRCLE);
    return this;
  }

  /** Adds points of a colour; {@code square} ones without gaps make an area. */
  public Picture points(String name, double[] x, double[] y, Color color, boolean square) {
    XYSeries series = scatter(name, x, y);
    series.setMarkerColor(color);
    series.setMarker(square ? SeriesMarkers.SQUARE : SeriesMarkers.CIRCLE);
    return this;
  }

  private XYSeries scatter(String name, double[] x, double[] y) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    return series;
  }

  /** Limits what is shown. */
  public Picture range(double fromX, double toX, double fromY, double toY) {
    chart.getStyler().setXAxisMin(fromX).setXAxisMax(toX);
    chart.getStyler().setYAxisMin(fromY).setYAxisMax(toY);
    return this;
  }

  /** No numbers upwards: there they mean nothing. */
  public Picture hideY() {
    chart.getStyler().setYAxisTicksVisible(false);
    return this;
  }

  /** A logarithmic axis to the right. */
  public Picture logX() {
    chart.getStyler().setXAxisLogarithmic(true);
    return this;
  }

  /** A logarithmic axis upwards. */
  public Picture logY() {
    chart.getStyler().setYAxisLogarithmic(true);
    return this;
  }

  /**
   * Writes the chart.
   *
   * @throws IOException when the file cannot be written
   */
  public void write(Path file) throws IOException {
    ChartFont.style(chart.getStyler());
    freeTicks();
    BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
  }

  /**
   * Adds a point that nobody sees, where no other stands: XChart labels equally spaced values
   * themselves, such as every eleventh of them, and chooses round numbers only for others.
   */
  private void freeTicks() {
    XYSeries first = chart.getSeriesMap().values().iterator().next();
    double[] x = first.getXData();
    if (x.length > 1) {
      double[] between = {x[0] + (x[1] - x[0]) / 3};
      XYSeries hidden = scatter("round numbers", between, new double[] {first.getYData()[0]});
      hidden.setMarker(SeriesMarkers.NONE).setShowInLegend(false);
    }
  }

  /**
   * Writes grey images side by side, each brightened from its own least to its own largest value.
   *
   * @param images each [height][width], of one size
   * @param columns images in a row
   * @param scale pixels for each value
   * @throws IOException when the file cannot be written
   */
  public static void tiles(float[][][] images, int columns, int scale, Path file)
      throws IOException {
    float[][][][] grey = new float[images.length][][][];
    for (int i = 0; i < images.length; i++) {
      grey[i] = new float[][][] {images[i]};
    }
    sheet(grey, columns, scale, file);
  }

  /**
   * As {@link #tiles}, for images of any number of channels: with three of them in colours, else in
   * the grey of their first.
   *
   * @param images each [channel][height][width], of one size
   * @throws IOException when the file cannot be written
   */
  public static void sheet(float[][][][] images, int columns, int scale, Path file)
      throws IOException {
    int height = images[0][0].length;
    int width = images[0][0][0].length;
    boolean colours = images[0].length == 3;
    int gap = 4;
    int rows = (images.length + columns - 1) / columns;
    BufferedImage sheet =
        new BufferedImage(
            columns * (width * scale + gap) + gap,
            rows * (height * scale + gap) + gap,
            BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        sheet.setRGB(x, y, 0x4070C0); // blue: no image has it
      }
    }
    for (int i = 0; i < images.length; i++) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      for (float[][] channel : images[i]) {
        for (float[] line : channel) {
          for (float value : line) {
            least = Math.min(least, value);
            most = Math.max(most, value);
          }
        }
      }
      int left = gap + i % columns * (width * scale + gap);
      int top = gap + i / columns * (height * scale + gap);
      for (int y = 0; y < height * scale; y++) {
        for (int x = 0; x < width * scale; x++) {
          int rgb = 0;
          for (int channel = 0; channel < 3; channel++) {
            float value = images[i][colours ? channel : 0][y / scale][x / scale];
            float part = (value - least) / Math.max(most - least, 1e-12f);
            rgb = rgb << 8 | Math.round(255 * part);
          }
          sheet.setRGB(left + x, top + y, rgb);
        }
      }
    }
    ImageIO.write(sheet, "png", file.toFile());
  }
}
