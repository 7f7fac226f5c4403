package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
  @Test
  void classesGrowByAtMostAnEighthAndAreMultiplesOf64() {
    long previous = 0;
    for (int index = 0; index < SizeClasses.COUNT; index++) {
      long bytes = SizeClasses.bytes(index);
      assertTrue(bytes > previous, "class " + index);
      assertEquals(0, bytes % 64, "class " + index);
      if (previous >= 512) {
        assertTrue(bytes - previous <= previous / 8, "class " + index);
      }
      previous = bytes;
    }
    assertEquals(SizeClasses.MAX_BYTES, previous);
  }

  @Test
  void theIndexIsTheSmallestClassThatFits() {
    assertEquals(0, SizeClasses.index(0));
    assertEquals(0, SizeClasses.index(1));
    for (int index = 0; index < SizeClasses.COUNT; index++) {
      long bytes = SizeClasses.bytes(index);
      assertEquals(index, SizeClasses.index(bytes));
      assertEquals(index, SizeClasses.floorIndex(bytes));
      if (index + 1 < SizeClasses.COUNT) {
        assertEquals(index + 1, SizeClasses.index(bytes + 1));
        assertEquals(index, SizeClasses.floorIndex(bytes + 1));
      }
    }
  }

  @Test
  void largeClassesAreWholeHugePages() {
    for (int index = SizeClasses.index(16L << 20); index < SizeClasses.COUNT; index++) {
      assertEquals(0, SizeClasses.bytes(index) % NativePages.HUGE);
    }
  }
}
