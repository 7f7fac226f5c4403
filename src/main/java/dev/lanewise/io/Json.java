package dev.lanewise.io;

import java.util.List;
import java.util.Map;

/** A JSON value: what the header of a file holds. The core depends on no library for it. */
sealed interface Json {
  /** An object; members keep their order. */
  record Members(Map<String, Json> values) implements Json {}

  /** An array. */
  record Elements(List<Json> values) implements Json {}

  /** A string. */
  record Text(String value) implements Json {}

  /** A number as it was written. */
  record Numeral(String digits) implements Json {}

  /** {@code true}, {@code false} or {@code null}. */
  enum Word implements Json {
    TRUE,
    FALSE,
    NULL
  }
}
