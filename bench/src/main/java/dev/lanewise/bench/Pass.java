package dev.lanewise.bench;

import java.util.Arrays;
import java.util.Locale;

/** A direction through an operation. */
enum Pass {
  FORWARD,
  /** The gradient of the input, where it is the only one. */
  BACKWARD,
  BACKWARD_DATA,
  BACKWARD_WEIGHTS;

  static Pass parse(String text) {
    return Arrays.stream(values())
        .filter(pass -> pass.toString().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no pass; there are: %s.".formatted(text, Arrays.toString(values()))));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
