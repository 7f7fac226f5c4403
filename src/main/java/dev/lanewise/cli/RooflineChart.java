package dev.lanewise.cli;

import dev.lanewise.example.ChartFont;
import dev.lanewise.tensor.Profile;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The roofline of the machine and the operations of a profile under it, each in its layer:
 * arithmetic a second over arithmetic a byte (Williams, Waterman and Patterson, <i>Roofline: An
 * Insightful Visual Performance Model</i>, 2009). It needs neither a display nor an installed font.
 */
final class RooflineChart {
  /** Kinds of operations with a colour of their own, the longest first. */
  private static final int MOST_KINDS = 10;

  /** Operations below this share of the time would only hide the others. */
  private static final double LEAST_SHARE = 0.001;

  private final Profile profile;
  private final String title;

  RooflineChart(Profile profile, String title) {
    this.profile = profile;
    this.title = title;
  }

  /**
   * Writes {@code roofline.svg} and {@code roofline.png}.
   *
   * @throws IOException when a file cannot be written, or no font be loaded
   */
  void write(Path folder) throws IOException {
    XYChart chart = chart();
    VectorGraphicsEncoder.saveVectorGraphic(
        chart,
        folder.resolve("roofline.svg").toString(),
        VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    BitmapEncoder.saveBitmap(
        chart, folder.resolve("roofline.png").toString(), BitmapEncoder.BitmapFormat.PNG);
  }

  private XYChart chart() throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(640)
            .title(
                String.format(
                    Locale.ROOT,
                    "%s: %d threads, %.0f GFLOP/s, %.1f GB/s",
                    title,
                    profile.threads(),
                    profile.peak(),
                    profile.bandwidth()))
            .xAxisTitle("FLOP a byte (each operand once)")
            .yAxisTitle("GFLOP/s (nominal)")
            .build();
    style(chart.getStyler());
    List<Profile.Row> rows =
        profile.rows().stream()
            .filter(row -> row.flops() > 0 && row.bytes() > 0)
            .filter(row -> row.seconds() > LEAST_SHARE * profile.seconds())
            .toList();
    roof(chart, rows);
    profile.byOperation().stream()
        .limit(MOST_KINDS)
        .forEach(kind -> {
          List<Profile.Row> own =
              rows.stream()
                  .filter(row -> row.operation().equals(kind.operation()))
                  .filter(row -> row.pass() == kind.pass())
                  .toList();
          if (!own.isEmpty()) {
            String name =
                String.format(
                    Locale.ROOT,
                    "%s %s, %.0f%%",
                    kind.operation(),
                    kind.pass().name().toLowerCase(Locale.ROOT),
                    100 * kind.seconds() / profile.seconds());
            chart
                .addSeries(
                    name,
                    own.stream().mapToDouble(RooflineChart::intensity).toArray(),
                    own.stream().mapToDouble(Profile.Row::gigaflops).toArray())
                .setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
          }
        });
    return chart;
  }

  private static double intensity(Profile.Row row) {
    return (double) row.flops() / row.bytes();
  }

  private void roof(XYChart chart, List<Profile.Row> rows) {
    double knee = profile.peak() / profile.bandwidth();
    double least = rows.stream().mapToDouble(RooflineChart::intensity).min().orElse(knee);
    double most = rows.stream().mapToDouble(RooflineChart::intensity).max().orElse(knee);
    double from = Math.min(least, knee) / 2;
    XYSeries roof =
        chart.addSeries(
            "limit of the machine",
            new double[] {from, knee, Math.max(most, knee) * 2},
            new double[] {from * profile.bandwidth(), profile.peak(), profile.peak()});
    roof.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    roof.setMarker(SeriesMarkers.NONE);
    roof.setLineColor(Color.DARK_GRAY);
  }

  private static void style(XYStyler styler) throws IOException {
    styler.setXAxisLogarithmic(true);
    styler.setYAxisLogarithmic(true);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setLegendPosition(Styler.LegendPosition.OutsideE);
    styler.setMarkerSize(8);
    ChartFont.style(styler);
  }
}
