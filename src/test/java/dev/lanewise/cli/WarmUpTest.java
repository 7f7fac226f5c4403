package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** With clocks that the work itself moves. */
class WarmUpTest {
  private long millis;
  private long compiler;

  /** Runs work of which the n-th run takes so many milliseconds; true where it ended by itself. */
  private boolean warmedUp(double calm, double longest, LongUnaryOperator duration) {
    return warmedUp(calm, longest, duration, n -> 0);
  }

  private boolean warmedUp(
      double calm, double longest, LongUnaryOperator duration, LongUnaryOperator compiling) {
    long[] runs = {0};
    return new WarmUp(() -> millis * 1_000_000, () -> compiler)
        .run(
            calm,
            longest,
            () -> {
              millis += duration.applyAsLong(runs[0]);
              compiler += compiling.applyAsLong(runs[0]);
              runs[0]++;
            });
  }

  @Test
  void endsWhenNothingHasBecomeFasterForSomeTime() {
    assertTrue(warmedUp(1, 20, n -> n < 100 ? 10 : 5));
    // The hundredth run is the first fast one, and its window has three more of them.
    assertEquals(1000 + 20 + 1000, millis);
  }

  @Test
  void slowlyIsFasterToo() {
    assertTrue(warmedUp(1, 20, n -> Math.max(20, 100 - n)));
    assertTrue(millis > 1000 + (100 + 20) * 80 / 2, () -> "after " + millis);
  }

  @Test
  void waitsForTheCompiler() {
    assertTrue(warmedUp(1, 20, n -> 10, n -> n < 1000 ? 1 : 0));
    assertTrue(10_000 < millis && millis <= 11_100, () -> "after " + millis);
  }

  @Test
  void waitsForWhatIsCalledOnce() {
    assertTrue(warmedUp(1, 20, n -> 2));
    assertEquals(6000 * 2, millis);
    millis = 0;
    assertTrue(warmedUp(1, 10, n -> 2));
    assertTrue(millis <= 1100, () -> "after " + millis);
  }

  @Test
  void aHundredthOfTheTimeIsNothing() {
    assertTrue(warmedUp(1, 20, n -> 10, n -> n % 10 == 9 ? 1 : 0));
    assertTrue(millis <= 1100, () -> "after " + millis);
  }

  @Test
  void endsInAnyCase() {
    assertFalse(warmedUp(1, 5, n -> 10, n -> 1));
    assertEquals(5000, millis);
  }

  @Test
  void longRunsAreSeenMoreThanOnce() {
    assertTrue(warmedUp(1, 20, n -> 2000));
    assertEquals(5 * 2000, millis);
  }

  @Test
  void withoutTimeOneRunIsLeft() {
    assertFalse(warmedUp(0, 0, n -> 7000));
    assertEquals(7000, millis);
  }

  @Test
  void theClocksOfThisJvmSuffice() {
    assertTrue(new WarmUp().run(0, 60, Thread::onSpinWait));
  }
}
