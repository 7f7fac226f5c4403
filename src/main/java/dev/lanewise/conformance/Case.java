package dev.lanewise.conformance;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One test vector: attributes, and tensors by their names in the file ({@code in.x}, {@code
 * param.weight}, {@code out.out}, {@code grad.x}, ...).
 */
final class Case {
  final String id;
  final String op;
  final String kind;
  private final Map<String, Object> attributes;
  private final Map<String, Tensor> tensors;

  Case(
      String id,
      String op,
      String kind,
      Map<String, Object> attributes,
      Map<String, Tensor> tensors) {
    this.id = id;
    this.op = op;
    this.kind = kind;
    this.attributes = attributes;
    this.tensors = tensors;
  }

  boolean has(String tensor) {
    return tensors.containsKey(tensor);
  }

  Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new UnsupportedCaseException("a case without tensor " + name);
    }
    return tensor;
  }

  /** An input, by its name without prefix. */
  Tensor in(String name) {
    return tensor("in." + name);
  }

  /** A parameter or null. */
  @Nullable Tensor param(String name) {
    return tensors.get("param." + name);
  }

  /**
   * All tensors whose name starts with {@code prefix}, by the rest of their name, in file order.
   */
  Map<String, Tensor> all(String prefix) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (name.startsWith(prefix)) {
        found.put(name.substring(prefix.length()), tensor);
      }
    });
    return found;
  }

  Map<String, Object> attributes() {
    return attributes;
  }

  @Nullable Object attribute(String name) {
    return attributes.get(name);
  }

  boolean flag(String name) {
    return Boolean.TRUE.equals(attributes.get(name));
  }

  float number(String name, float otherwise) {
    return attributes.get(name) instanceof Number number ? number.floatValue() : otherwise;
  }

  String text(String name, String otherwise) {
    return attributes.get(name) instanceof String text ? text : otherwise;
  }

  /** A list of integers, or one integer. */
  int[] ints(String name) {
    Object value = attributes.get(name);
    if (value instanceof List<?> list) {
      return list.stream().mapToInt(element -> ((Number) element).intValue()).toArray();
    }
    if (value instanceof Number number) {
      return new int[] {number.intValue()};
    }
    throw new UnsupportedCaseException("a case without attribute " + name);
  }

  int integer(String name) {
    return ints(name)[0];
  }

  /** Height and width: a pair, or one number for both; 1 or 0 as given where it is absent. */
  int[] pair(String name, int otherwise) {
    if (attributes.get(name) == null) {
      return new int[] {otherwise, otherwise};
    }
    int[] values = ints(name);
    return values.length == 1 ? new int[] {values[0], values[0]} : values;
  }

  Shape shape(String tensor) {
    return tensor(tensor).shape();
  }
}
