package dev.lanewise.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CachesTest {
  @Test
  void aSettingNamesBoth() {
    assertArrayEquals(new int[] {48, 2048}, Caches.chosen(" 48 , 2048 "));
  }

  @Test
  void whatTheSystemDoesNotSayIsThatOfSmallCores() {
    assertArrayEquals(new int[] {48, 2048}, Caches.completed(new int[] {48, 2048}));
    assertArrayEquals(new int[] {32, 1024}, Caches.completed(new int[2]));
    assertArrayEquals(new int[] {64, 1024}, Caches.completed(new int[] {64, 0}));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "48", "48,", "48,2048,4096", "2048,48", "4,2048", "large,small", "-1,9"})
  void aSettingThatNamesNoCachesIsRefused(String setting) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Caches.chosen(setting));
    assertEquals(
        "lanewise.caches is "
            + setting
            + "; expected the KB of the first and of the second cache level of a core, like"
            + " 48,2048.",
        refused.getMessage());
  }

  @Test
  void sizesAreReadAsLinuxWritesThem() {
    assertEquals(32, Caches.kilobytes("32K"));
    assertEquals(2048, Caches.kilobytes("2M"));
    assertEquals(0, Caches.kilobytes("many"));
    assertEquals(0, Caches.kilobytes(""));
  }

  @Test
  void thisMachineHasBoth() {
    assertTrue(Caches.L1 >= 8 << 10, Caches.reason());
    assertTrue(Caches.L2 >= Caches.L1, Caches.reason());
  }
}
