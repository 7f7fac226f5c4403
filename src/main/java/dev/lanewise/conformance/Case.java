package dev.lanewise.conformance;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One test vector: attributes, and tensors by their names in the file ({@code in.x}, {@code
 * param.weight}, {@code out.out}, {@code grad.x}, ...).
 */
final class Case {
  /** Names of attributes that mean the same; the first one is that of the index. */
  private static final Map<String, List<String>> ATTRIBUTES =
      synonyms(
          "kernel kernel_size",
          "dims dim axis axes",
          "keepdim keepdims",
          "num num_embeddings num_classes classes",
          "num_groups groups",
          "heads num_heads nhead n_heads",
          "embed embed_dim d_model",
          "ff dim_feedforward hidden_dim",
          "causal is_causal",
          "start start_dim",
          "end end_dim",
          "shape size sizes output_size",
          "output_size size shape",
          "size output_size",
          "sizes shape split_size_or_sections split_sizes",
          "split_size split_size_or_sections size",
          "scale scale_factor",
          "repeats reps times sizes dims",
          "shifts shift",
          "factor upscale_factor downscale_factor scale r",
          "pad pad_last_dims padding",
          "min min_val min_value",
          "max max_val max_value",
          "p ord order norm_type",
          "equation expr subscripts",
          "value fill_value",
          "lambd lambda",
          "nonlinearity activation",
          "diagonal k offset",
          "offset diagonal",
          "n k power",
          "layers num_layers",
          "hidden hidden_size");

  /** The same for tensors, behind {@code in.} or {@code param.}. */
  private static final Map<String, List<String>> TENSORS =
      synonyms(
          "x input self a src inputs logits tgt",
          "a x input self x1 input1 start mat1 batch1 vec1 tensor1 mat q anchor",
          "b y other x2 input2 end mat2 batch2 vec2 vec tensor2 exponent positive",
          "idx index indices input x",
          "cond condition mask",
          "src source values value",
          "target y labels label targets",
          "class_weight weight weights",
          "q query x",
          "k key q query x",
          "v value k key q query x",
          "h0 h_0 hx h",
          "c0 c_0 cx c",
          "h hx h0",
          "c cx c0",
          "weight w gamma",
          "bias b beta",
          "tgt x target",
          "out_proj_weight out_proj.weight",
          "out_proj_bias out_proj.bias");

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

  /** A line that says a name twice, or two that say the same first one, are an error. */
  private static Map<String, List<String>> synonyms(String... lines) {
    Map<String, List<String>> table = new LinkedHashMap<>();
    for (String line : lines) {
      List<String> names = List.of(line.split(" "));
      if (Set.copyOf(names).size() != names.size() || table.containsKey(names.getFirst())) {
        throw new IllegalArgumentException("synonyms: " + line);
      }
      table.put(names.getFirst(), names);
    }
    return table;
  }

  boolean has(String tensor) {
    return tensors.containsKey(tensor);
  }

  /** Takes the place of a parameter: what a layer computes with. */
  void replace(String tensor, Tensor other) {
    tensors.put(tensor, other);
  }

  Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new UnsupportedCaseException("a case without tensor " + name);
    }
    return tensor;
  }

  /**
   * An input, by its name without prefix, or by another one that means the same; the only one under
   * any name.
   */
  Tensor in(String name) {
    Tensor found = input(name);
    Map<String, Tensor> inputs = all("in.");
    return found != null
        ? found
        : inputs.size() == 1 ? inputs.values().iterator().next() : tensor("in." + name);
  }

  /** As {@link #in}, or null where there is none. */
  @Nullable Tensor input(String name) {
    return find("in.", name);
  }

  /** A parameter or null. */
  @Nullable Tensor param(String name) {
    return find("param.", name);
  }

  /** A parameter, which some indices call an input. */
  Tensor weight(String name) {
    Tensor found = param(name);
    return found == null ? in(name) : found;
  }

  private @Nullable Tensor find(String prefix, String name) {
    for (String known : TENSORS.getOrDefault(name, List.of(name))) {
      Tensor found = tensors.get(prefix + known);
      if (found != null) {
        return found;
      }
    }
    return null;
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

  /** An attribute, by its name or by another one that means the same; or null. */
  @Nullable Object attribute(String name) {
    for (String known : ATTRIBUTES.getOrDefault(name, List.of(name))) {
      Object value = attributes.get(known);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  boolean flag(String name) {
    return flag(name, false);
  }

  boolean flag(String name, boolean otherwise) {
    return attribute(name) instanceof Boolean on ? on : otherwise;
  }

  float number(String name, float otherwise) {
    return switch (attribute(name)) {
      case Number number -> number.floatValue();
      case String text when text.equals("inf") -> Float.POSITIVE_INFINITY;
      case String text when text.equals("-inf") -> Float.NEGATIVE_INFINITY;
      case null, default -> otherwise;
    };
  }

  String text(String name, String otherwise) {
    return attribute(name) instanceof String text ? text : otherwise;
  }

  /** A list of integers, or one integer. */
  int[] ints(String name) {
    Object value = attribute(name);
    if (value instanceof List<?> list
        && list.stream().allMatch(element -> element instanceof Number)) {
      return list.stream().mapToInt(element -> ((Number) element).intValue()).toArray();
    }
    if (value instanceof Number number) {
      return new int[] {number.intValue()};
    }
    throw new UnsupportedCaseException(
        value == null ? "a case without attribute " + name : name + " = " + value);
  }

  int integer(String name) {
    return ints(name)[0];
  }

  int integer(String name, int otherwise) {
    return attribute(name) == null ? otherwise : integer(name);
  }

  /** Height and width: a pair, or one number for both; 1 or 0 as given where it is absent. */
  int[] pair(String name, int otherwise) {
    if (attribute(name) == null) {
      return new int[] {otherwise, otherwise};
    }
    int[] values = ints(name);
    return values.length == 1 ? new int[] {values[0], values[0]} : values;
  }

  Shape shape(String tensor) {
    return tensor(tensor).shape();
  }
}
