package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementTest {
  private long now;
  private int runs;

  @Test
  void bothEndsMayBeLeftOut() {
    assertEquals(Placement.ANY, Placement.parse(".."));
    assertEquals(new Placement(0, 150), Placement.parse("..150"));
    assertEquals(new Placement(200, Double.POSITIVE_INFINITY), Placement.parse("200.."));
    assertEquals(new Placement(20.5, 150), Placement.parse("20.5..150"));
  }

  @Test
  void whatIsPassedOnIsReadAgain() {
    for (String text : new String[] {"..", "..150", "200..", "20.5..150"}) {
      Placement placement = Placement.parse(text);
      assertEquals(placement, Placement.parse(placement.toString()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "150", "near", "..x", "1.5"})
  void anythingElseIsRefused(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Placement.parse(text));
    assertTrue(refused.getMessage().contains("'" + text + "'"), refused.getMessage());
  }

  @Test
  void anIterationWaitsUntilTheProcessorsAreNear() {
    Placement near = Placement.parse("..150");
    double last = near.await(() -> run(20_000_000), () -> now, () -> runs < 9 ? 310 : 55);
    assertEquals(55, last);
    assertEquals(9, runs);
  }

  @Test
  void itBeginsInTheEndWhereTheyNeverAre() {
    double last = Placement.parse("200..").await(() -> run(1_000_000_000), () -> now, () -> 55);
    assertEquals(55, last);
    assertEquals(Placement.LONGEST_NANOS / 1_000_000_000, runs);
  }

  @Test
  void nothingIsWaitedForWhereAnyPlaceWillDo() {
    assertEquals(310, Placement.ANY.await(() -> run(1), () -> now, () -> 310));
    assertEquals(0, runs);
  }

  @Test
  void twoPlacesAreAlikeWithinAHalf() {
    assertTrue(Placement.alike(0, 0));
    assertTrue(Placement.alike(50, 70));
    assertFalse(Placement.alike(310, 55));
  }

  private void run(long nanos) {
    runs++;
    now += nanos;
  }
}
