package dev.lanewise.kernel.template;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FirstCallsTest {
  @Test
  void theLoopHasAShareUntilItIsFast() {
    FirstCalls first = new FirstCalls(true);
    assertTrue(first.vectorsNext());
    first.vectorsDone(1000, 16);
    assertFalse(first.vectorsNext());
    first.scalarsDone(1000L * FirstCalls.TWIN_SHARE - 1);
    assertFalse(first.vectorsNext());
    first.scalarsDone(1);
    assertTrue(first.vectorsNext());
    assertFalse(first.over());
    first.vectorsDone(16 * FirstCalls.HOT_NANOS_PER_ELEMENT - 1, 16);
    assertTrue(first.over());
  }

  @Test
  void theTwinIsForTheFirstMilliseconds() {
    FirstCalls first = new FirstCalls(true);
    first.scalarsDone(FirstCalls.TWIN_NANOS);
    assertFalse(first.over());
    first.scalarsDone(1);
    assertTrue(first.over());
    assertTrue(new FirstCalls(false).over());
  }
}
