package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "64k, 65536",
    "3M, 3145728",
    "2G, 2147483648",
    "1T, 1099511627776",
    "' 5 mb ', 5242880",
    "1GiB, 1073741824"
  })
  void readsBytesAndSuffixes(String text, long bytes) {
    assertEquals(bytes, MemorySize.parse(text, "limit"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1.5G", "many", "9999999999T", "5X"})
  void aBadSizeIsNamed(String text) {
    var error =
        assertThrows(IllegalArgumentException.class, () -> MemorySize.parse(text, "the.setting"));
    assertEquals(
        "the.setting is '" + text + "'; expected bytes above 0, such as 800M or 12G.",
        error.getMessage());
  }

  @Test
  void writesBinaryUnits() {
    assertEquals("0 B", MemorySize.format(0));
    assertEquals("1023 B", MemorySize.format(1023));
    assertEquals("1.0 KB", MemorySize.format(1024));
    assertEquals("1.5 MB", MemorySize.format(3L << 19));
    assertEquals("2.0 GB", MemorySize.format(2L << 30));
    assertEquals("3.0 TB", MemorySize.format(3L << 40));
    assertEquals("unlimited", MemorySize.format(Long.MAX_VALUE));
  }
}
