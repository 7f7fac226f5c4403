package dev.lanewise.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Keywords of an optimiser and their values, under PyTorch's names in Java's case: {@code
 * Options.of("lr", 0.1).with("weightDecay", 5e-4).with("nesterov", true)}. A pair such as PyTorch's
 * {@code betas} is two keywords, {@code beta1} and {@code beta2}. Immutable.
 */
public final class Options {
  private static final Options NONE = new Options(Map.of());
  private final Map<String, Double> values;

  private Options(Map<String, Double> values) {
    this.values = values;
  }

  /** No keyword: everything as the optimiser has it. */
  public static Options none() {
    return NONE;
  }

  /** One keyword. */
  public static Options of(String keyword, double value) {
    return NONE.with(keyword, value);
  }

  /** One more keyword, or another value of it. */
  public Options with(String keyword, double value) {
    Map<String, Double> more = new LinkedHashMap<>(values);
    more.put(Objects.requireNonNull(keyword, "keyword"), value);
    return new Options(Collections.unmodifiableMap(more));
  }

  /** One more keyword that is on or off. */
  public Options with(String keyword, boolean on) {
    return with(keyword, on ? 1 : 0);
  }

  /** These keywords, and those of {@code others}, which win. */
  public Options with(Options others) {
    Options all = this;
    for (Map.Entry<String, Double> entry : others.values.entrySet()) {
      all = all.with(entry.getKey(), entry.getValue());
    }
    return all;
  }

  /**
   * The value of a keyword.
   *
   * @throws IllegalArgumentException when it is not there
   */
  public double get(String keyword) {
    Double value = values.get(Objects.requireNonNull(keyword, "keyword"));
    if (value == null) {
      throw new IllegalArgumentException(
          "There is no option '" + keyword + "'; expected one of " + values.keySet() + ".");
    }
    return value;
  }

  /** Whether a keyword is on. */
  public boolean on(String keyword) {
    return get(keyword) != 0;
  }

  /** Whether a keyword is there. */
  public boolean has(String keyword) {
    return values.containsKey(Objects.requireNonNull(keyword, "keyword"));
  }

  /** All keywords with their values. */
  public Map<String, Double> values() {
    return values;
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
