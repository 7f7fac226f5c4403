package dev.lanewise.op;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operation takes: the number of its inputs, their names and the types of their elements.
 * {@link Tensor#apply} looks at it before the operation sees anything, so that neither its shape
 * rule nor its forward has to.
 *
 * <pre>{@code
 * private static final Inputs INPUTS = Inputs.floats("input", "weight").optional("bias");
 * }</pre>
 */
public final class Inputs {
  /** Any number of tensors of any types, for operations that look for themselves. */
  static final Inputs UNCHECKED = new Inputs(List.of(), 0, Integer.MAX_VALUE);

  /** One tensor of floats: what an operation takes that says nothing else. */
  static final Inputs ONE = floats("input");

  /** Two of them. */
  static final Inputs TWO = floats("input", "other");

  /** One tensor of any type: what an operation takes that only moves elements. */
  static final Inputs ANY = any("input");

  /** An input; {@code type} is null where any will do. */
  private record Input(String name, @Nullable DType type) {}

  private final List<Input> inputs;
  private final @Nullable DType[] types;
  private final int least;
  private final int most;

  private Inputs(List<Input> inputs, int least, int most) {
    this.inputs = inputs;
    this.types = inputs.stream().map(Input::type).toArray(DType[]::new);
    this.least = least;
    this.most = most;
  }

  /** Tensors of floats. */
  public static Inputs floats(String... names) {
    return UNCHECKED.and(DType.FLOAT32, names);
  }

  /** Tensors of any types, for operations that only move elements. */
  public static Inputs any(String... names) {
    return UNCHECKED.and(null, names);
  }

  /** A tensor of this type. */
  public static Inputs of(DType type, String name) {
    return UNCHECKED.and(type, name);
  }

  /** At least one tensor, of any types. */
  public static Inputs atLeastOne(String name) {
    return new Inputs(List.of(new Input(name, null)), 1, Integer.MAX_VALUE);
  }

  /** These, then tensors of this type (null: of any). */
  public Inputs and(@Nullable DType type, String... names) {
    List<Input> all = with(type, names);
    return new Inputs(all, all.size(), all.size());
  }

  /** These, then tensors of floats that a call may leave out. */
  public Inputs optional(String... names) {
    List<Input> all = with(DType.FLOAT32, names);
    return new Inputs(all, least, all.size());
  }

  /**
   * Refuses a gradient that is not of its result's shape, for operations that take one.
   *
   * @param who the operation
   * @param expected the shape of the result whose gradient it is
   * @param found the shape of the gradient
   */
  static void requireGradient(String who, Shape expected, Shape found) {
    if (!expected.equals(found)) {
      throw new IllegalArgumentException(
          who + ": the gradient must have shape " + expected + ", found " + found);
    }
  }

  private List<Input> with(@Nullable DType type, String... names) {
    List<Input> all = new ArrayList<>(inputs);
    for (String name : names) {
      all.add(new Input(name, type));
    }
    return List.copyOf(all);
  }

  /**
   * Refuses another number of inputs.
   *
   * @throws IllegalArgumentException that says how many there are and what was expected
   */
  public void requireNumber(Op op, int found) {
    if (found < least || found > most) {
      throw new IllegalArgumentException(
          op.name()
              + ": found "
              + found
              + (found == 1 ? " input" : " inputs")
              + ", expected "
              + this);
    }
  }

  /**
   * Refuses elements of other types.
   *
   * @param found as many as {@link #requireNumber} lets pass
   * @throws IllegalArgumentException that names the input, its type and the expected one
   */
  public void requireTypes(Op op, Tensor... found) {
    for (int i = 0; i < found.length && i < types.length; i++) {
      DType type = types[i];
      if (type != null && found[i].dtype() != type) {
        throw new IllegalArgumentException(
            op.name()
                + ": "
                + inputs.get(i).name
                + " "
                + found[i].shape()
                + " holds "
                + found[i].dtype()
                + ", expected "
                + type);
      }
    }
  }

  /** As {@code 2 or 3: input, weight, bias (optional)}. */
  @Override
  public String toString() {
    if (most == Integer.MAX_VALUE) {
      return least == 0 ? "any number" : "at least " + least;
    }
    StringBuilder text = new StringBuilder().append(least);
    for (int i = least + 1; i <= most; i++) {
      text.append(" or ").append(i);
    }
    String separator = ": ";
    for (int i = 0; i < inputs.size(); i++) {
      text.append(separator).append(inputs.get(i).name).append(i < least ? "" : " (optional)");
      separator = ", ";
    }
    return text.toString();
  }
}
