package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaselineTest {
  @TempDir Path folder;

  /** libtorch takes 100 µs in each fork, oneDNN twice that. */
  private static Row row(String name, double... lanewise) {
    return disturbed(name, 2, 0, lanewise);
  }

  private static Row disturbed(String name, int threads, double disturbance, double... lanewise) {
    Map<Side, double[]> times = new EnumMap<>(Side.class);
    double[] libtorch = new double[lanewise.length];
    double[] oneDnn = new double[lanewise.length];
    java.util.Arrays.fill(libtorch, 100);
    java.util.Arrays.fill(oneDnn, 200);
    times.put(Side.LANEWISE, lanewise);
    times.put(Side.LIBTORCH, libtorch);
    times.put(Side.ONEDNN, oneDnn);
    Limits limits = new Limits(400, 36, 20, 30, 55);
    List<Limits> beside = Collections.nCopies(lanewise.length, limits);
    return new Row(
        Case.parse(name), threads, times, times, Map.of(), Map.of(), beside, disturbance);
  }

  private static final String CONV = "conv/64x64x32x32:64:3:1:1/forward";

  @Test
  void theRatioIsThatToTheBestPeer() {
    Row row = row(CONV, 50, 40, 80);
    assertEquals(Side.LIBTORCH, row.bestPeer().orElseThrow());
    assertEquals(2, row.ratio(), 1e-12);
    assertEquals(1.25, row.pairedRatios()[0], 1e-12);
    assertEquals(2.5, row.pairedRatios()[2], 1e-12);
    assertEquals(Case.parse(CONV).work() / 50e3 / 400, row.share(), 1e-9);
    assertTrue(row.line(List.of(Side.values())).contains("2.00"), row.line(List.of()));
  }

  @Test
  void aRatioOfDifferentPlacesSaysSo() {
    Map<Side, double[]> times =
        Map.of(Side.LANEWISE, new double[] {50}, Side.LIBTORCH, new double[] {100});
    Map<Side, double[]> far =
        Map.of(Side.LANEWISE, new double[] {310}, Side.LIBTORCH, new double[] {55});
    Row row = new Row(Case.parse(CONV), 2, times, far, Map.of(), Map.of(), List.of(), 0);
    assertTrue(row.placed().contains("lanewise 310, libtorch 55 ns"), row.placed());
    Map<Side, double[]> near =
        Map.of(Side.LANEWISE, new double[] {60}, Side.LIBTORCH, new double[] {55});
    Row alike = new Row(Case.parse(CONV), 2, times, near, Map.of(), Map.of(), List.of(), 0);
    assertEquals("", alike.placed());
  }

  @Test
  void theShareIsThatOfTheLimitBesideEachFork() {
    Case what = Case.parse("add/64x64x32x32/forward");
    List<Limits> limits =
        Stream.of(20, 60, 30).map(memory -> new Limits(400, 36, memory, 10, 55)).toList();
    Map<Side, double[]> times = Map.of(Side.LANEWISE, new double[] {100, 50, 200});
    Row row = new Row(what, 2, times, times, Map.of(), Map.of(), limits, 0);
    // The parts are as 1/2000, 1/3000 and 1/6000.
    assertEquals(what.work() / 50e3 / 60, row.share(), 1e-9);
    assertTrue(what.boundByMemory());
    assertFalse(Case.parse(CONV).boundByMemory());
  }

  @Test
  void aFallBeyondTheBandIsFoundAndNamed() {
    Baseline baseline = Baseline.of(List.of(row(CONV, 50, 50, 50)));
    assertEquals(Baseline.SMALLEST_BAND, baseline.bands().get(CONV + "@2"));
    assertEquals(List.of(), baseline.regressions(List.of(row(CONV, 54, 55, 53))));
    var found = baseline.regressions(List.of(row(CONV, 62, 63, 64)));
    assertEquals(1, found.size());
    assertTrue(found.getFirst().toString().startsWith(CONV + "@2"), found.toString());
    assertTrue(found.getFirst().toString().contains("from 2.00 to 1.59"), found.toString());
    assertTrue(found.getFirst().toString().contains("by 21%"), found.toString());
  }

  @Test
  void aRowThatVariesHasAWiderBand() {
    Baseline baseline = Baseline.of(List.of(row(CONV, 50, 60, 50)));
    assertEquals(0.25, baseline.bands().get(CONV + "@2"), 1e-9);
    assertEquals(List.of(), baseline.regressions(List.of(row(CONV, 62, 63, 64))));
  }

  @Test
  void oneGoodForkSavesARow() {
    Baseline baseline = Baseline.of(List.of(row(CONV, 50, 50, 50)));
    assertEquals(List.of(), baseline.regressions(List.of(row(CONV, 70, 49, 70))));
  }

  @Test
  void rowsThatVanishAreMissed() {
    Baseline baseline = Baseline.of(List.of(row(CONV, 50), row("sgd/mlp", 50)));
    List<Row> rows = List.of(row(CONV, 50));
    assertEquals(List.of("sgd/mlp@2"), baseline.missing(rows, List.of(CONV + "@2", "sgd/mlp@2")));
    assertEquals(List.of(), baseline.missing(rows, List.of(CONV + "@2")));
  }

  @Test
  void aFileKeepsTheRowsThatWereNotMeasured() throws IOException {
    Path file = folder.resolve("baseline.json");
    Baseline.of(List.of(row(CONV, 50), row("sgd/mlp", 50)))
        .write(file, "a processor", "both sides");
    Baseline.of(List.of(row("sgd/mlp", 25))).write(file, "a processor", "both sides");
    Baseline read = Baseline.read(file).on("a processor");
    assertEquals(2, read.ratios().get(CONV + "@2"));
    assertEquals(4, read.ratios().get("sgd/mlp@2"));
  }

  @Test
  void rowsOfOneThreadStandBesideThoseOfTwo() throws IOException {
    Path file = folder.resolve("baseline.json");
    Baseline.of(List.of(disturbed(CONV, 2, 0, 50))).write(file, "a processor", "both sides");
    Baseline.of(List.of(disturbed(CONV, 1, 0, 25))).write(file, "a processor", "both sides");
    Baseline read = Baseline.read(file).on("a processor");
    assertEquals(Map.of(CONV + "@1", 4.0, CONV + "@2", 2.0), read.ratios());
    assertEquals(List.of(), read.regressions(List.of(disturbed(CONV, 2, 0, 50))));
    assertEquals(1, read.regressions(List.of(disturbed(CONV, 1, 0, 50))).size());
  }

  @Test
  void eachProcessorHasRowsOfItsOwn() throws IOException {
    Path file = folder.resolve("baseline.json");
    Baseline.of(List.of(row(CONV, 50), row("sgd/mlp", 50))).write(file, "one", "sides of one");
    Baseline.of(List.of(row(CONV, 25))).write(file, "another", "sides of another");
    Baseline.Shelf shelf = Baseline.read(file);
    assertEquals(Map.of("one", "sides of one", "another", "sides of another"), shelf.sides());
    assertEquals(Map.of(CONV + "@2", 2.0, "sgd/mlp@2", 2.0), shelf.on("one").ratios());
    assertEquals(Map.of(CONV + "@2", 4.0), shelf.on("another").ratios());
    assertTrue(shelf.knows("another"));
  }

  @Test
  void anUnknownProcessorIsComparedWithTheLowestRatios() throws IOException {
    Path file = folder.resolve("baseline.json");
    Baseline.of(List.of(row(CONV, 50, 60, 50))).write(file, "one", "sides");
    Baseline.of(List.of(row(CONV, 25), row("sgd/mlp", 25))).write(file, "another", "sides");
    Baseline.Shelf shelf = Baseline.read(file);
    Baseline lowest = shelf.on("a third");
    assertEquals(Map.of(CONV + "@2", 2.0, "sgd/mlp@2", 4.0), lowest.ratios());
    assertEquals(0.25, lowest.bands().get(CONV + "@2"), 1e-9);
    assertTrue(!shelf.knows("a third"));
  }

  @Test
  void disturbedRowsAreNotWritten() {
    assertEquals(Map.of(), Baseline.of(List.of(disturbed(CONV, 2, 0.5, 50))).ratios());
    Baseline baseline = Baseline.of(List.of(row(CONV, 50)));
    var found = baseline.regressions(List.of(disturbed(CONV, 2, 0.5, 80)));
    assertTrue(found.getFirst().toString().endsWith("others took 0.5 cores"), found.toString());
  }

  @Test
  void whatIsNoBaselineIsRefused() throws IOException {
    Path file = folder.resolve("baseline.json");
    assertThrows(IllegalArgumentException.class, () -> Baseline.read(file));
    for (String text :
        List.of(
            "[]",
            "{}",
            "{\"rows\": {}}",
            "{\"processors\": {\"a\": {\"rows\": {\"b\": 1}}}}",
            "not JSON")) {
      Files.writeString(file, text);
      assertThrows(IllegalArgumentException.class, () -> Baseline.read(file), text);
    }
  }

  @Test
  void theSummaryHasGeometricMeans() {
    String summary = Table.summary(List.of(row(CONV, 50), row(CONV, 25), row("sgd/mlp", 100)));
    assertTrue(summary.lines().anyMatch(l -> l.startsWith("conv") && l.contains("2.83")), summary);
    assertTrue(summary.lines().anyMatch(l -> l.startsWith("sgd") && l.contains("1.00")), summary);
  }
}
