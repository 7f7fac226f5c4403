package dev.lanewise.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/** What an optimiser can be told: keywords, what they are when nothing is said, their ranges. */
final class Keywords {
  private final String optimizer;
  private Options defaults = Options.none();
  private final Map<String, Range> ranges = new LinkedHashMap<>();

  private record Range(double low, double high, boolean highExcluded) {
    boolean has(double value) {
      return value >= low && (highExcluded ? value < high : value <= high);
    }

    String text() {
      if (low == Double.NEGATIVE_INFINITY) {
        return "a finite number";
      }
      if (high == 1 && !highExcluded) {
        return "true or false (1 or 0)";
      }
      return high == 1 ? "a number from 0 to below 1" : "a finite number from " + (float) low;
    }
  }

  Keywords(String optimizer) {
    this.optimizer = optimizer;
  }

  /** A finite number from 0. */
  Keywords number(String keyword, double value) {
    return keyword(keyword, value, new Range(0, Double.POSITIVE_INFINITY, true));
  }

  /** Any finite number. */
  Keywords any(String keyword, double value) {
    Range range = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, true);
    return keyword(keyword, value, range);
  }

  /** A share of the past that is kept: from 0 to below 1. */
  Keywords share(String keyword, double value) {
    return keyword(keyword, value, new Range(0, 1, true));
  }

  /** On or off. */
  Keywords flag(String keyword) {
    return keyword(keyword, 0, new Range(0, 1, false));
  }

  private Keywords keyword(String keyword, double value, Range range) {
    defaults = defaults.with(keyword, value);
    ranges.put(keyword, range);
    return this;
  }

  String optimizer() {
    return optimizer;
  }

  Options defaults() {
    return defaults;
  }

  /** The defaults, and what is said otherwise, checked. */
  Options complete(Options options) {
    options.values().forEach(this::check);
    return defaults.with(options);
  }

  void check(String keyword, double value) {
    Range range = ranges.get(keyword);
    if (range == null) {
      throw new IllegalArgumentException(
          optimizer
              + " has no option '"
              + keyword
              + "'; expected one of "
              + String.join(", ", ranges.keySet())
              + ".");
    }
    if (!range.has(value) || value == Double.NEGATIVE_INFINITY) {
      String what = keyword.equals("lr") ? "learning rate" : keyword + " of " + optimizer;
      throw new IllegalArgumentException(
          "The " + what + " is " + value + "; expected " + range.text() + ".");
    }
  }
}
