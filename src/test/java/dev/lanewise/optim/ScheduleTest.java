package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void constantStays() {
    assertEquals(1, Schedule.CONSTANT.factor(7, 10));
  }

  @Test
  void cosineFallsFromOneToZero() {
    assertEquals(1, Schedule.COSINE.factor(0, 10));
    assertEquals(0.75, Schedule.COSINE.factor(10, 30), 1e-12);
    assertEquals(0.5, Schedule.COSINE.factor(5, 10), 1e-12);
    assertEquals(0, Schedule.COSINE.factor(10, 10), 1e-12);
  }
}
