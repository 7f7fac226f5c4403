package dev.lanewise.memory;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes in bytes as people write and read them: {@code 512M}, {@code 1.5 GB}; K is 1024. */
final class MemorySize {
  private static final Pattern SYNTAX = Pattern.compile("(\\d{1,18})\\s*([KMGT]?)(?:I?B)?");
  private static final String SUFFIXES = "KMGT";

  private MemorySize() {}

  /**
   * The size in a system property, or the default if it is not set.
   *
   * @throws IllegalArgumentException if the value is not a size above 0
   */
  static long setting(String property, long defaultBytes) {
    String value = System.getProperty(property);
    return value == null || value.isBlank() ? defaultBytes : parse(value, property);
  }

  /** Reads a size; {@code name} is what the error message calls it. */
  static long parse(String value, String name) {
    Matcher matcher = SYNTAX.matcher(value.strip().toUpperCase(Locale.ROOT));
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      int shift = matcher.group(2).isEmpty() ? 0 : 10 * (1 + SUFFIXES.indexOf(matcher.group(2)));
      if (number > 0 && number <= Long.MAX_VALUE >> shift) {
        return number << shift;
      }
    }
    throw new IllegalArgumentException(
        name + " is '" + value + "'; expected bytes above 0, such as 800M or 12G.");
  }

  /** A size for people, in binary units. */
  static String format(long bytes) {
    if (bytes == Long.MAX_VALUE) {
      return "unlimited";
    }
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, SUFFIXES.length());
    return String.format(
        Locale.ROOT, "%.1f %cB", bytes / (double) (1L << (10 * unit)), SUFFIXES.charAt(unit - 1));
  }
}
