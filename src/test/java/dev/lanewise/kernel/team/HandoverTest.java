package dev.lanewise.kernel.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HandoverTest {
  @Test
  void twoProcessorsHandALineToEachOther() {
    double nanos = Handover.nanos();
    if (Runtime.getRuntime().availableProcessors() == 1) {
      assertEquals(0, nanos);
    } else {
      assertTrue(nanos > 1 && nanos < 1e8, () -> nanos + " ns");
    }
  }

  @Test
  void itLeavesNoThreadBehind() {
    Handover.nanos();
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().equals("lanewise-handover")));
  }
}
