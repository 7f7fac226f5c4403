package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.tensor.Shape;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Records like a given one with one component exchanged for a value that is hard to bear. */
final class Mutants {
  private static final List<Object> INTS =
      List.of(Integer.MIN_VALUE, -1, 0, 1, 2, 7, 1000, 1 << 20, 1 << 30, Integer.MAX_VALUE);
  private static final List<Object> LONGS = List.of(Long.MIN_VALUE, -1L, 0L, 1L, Long.MAX_VALUE);
  private static final List<Object> FLOATS =
      List.of(Float.NaN, Float.NEGATIVE_INFINITY, -1f, 0f, 2f, 1e30f, Float.POSITIVE_INFINITY);

  private Mutants() {}

  /** All that the constructor does not refuse; it must do so with an argument's exception. */
  static List<Object> of(Object original) {
    RecordComponent[] components = original.getClass().getRecordComponents();
    List<Object> mutants = new ArrayList<>();
    try {
      Object[] values = new Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        values[i] = components[i].getAccessor().invoke(original);
      }
      Constructor<?> constructor = original.getClass().getDeclaredConstructor(types);
      for (int i = 0; i < components.length; i++) {
        for (Object hard : hard(values[i])) {
          Object[] changed = values.clone();
          changed[i] = hard;
          add(mutants, constructor, changed);
        }
      }
    } catch (ReflectiveOperationException impossible) {
      throw new AssertionError(impossible);
    }
    return mutants;
  }

  private static void add(List<Object> mutants, Constructor<?> constructor, Object[] values)
      throws ReflectiveOperationException {
    try {
      mutants.add(constructor.newInstance(values));
    } catch (InvocationTargetException thrown) {
      if (!(thrown.getCause() instanceof IllegalArgumentException)) {
        fail(constructor + " of " + Arrays.toString(values) + ": " + thrown.getCause(), thrown);
      }
    }
  }

  private static List<?> hard(Object value) {
    return switch (value) {
      case Integer i -> INTS;
      case Long l -> LONGS;
      case Float f -> FLOATS;
      case Boolean b -> List.of(!b);
      case Shape shape -> hard(shape);
      case List<?> list -> hard(list);
      case Enum<?> constant -> List.of(constant.getDeclaringClass().getEnumConstants());
      case Record part -> of(part);
      case null -> List.of();
      default -> throw new AssertionError("no hard values of " + value.getClass());
    };
  }

  private static List<Object> hard(Shape shape) {
    List<Object> shapes = new ArrayList<>();
    shapes.add(Shape.SCALAR);
    shapes.add(Shape.of(0));
    shapes.add(Shape.of(1 << 20, 1 << 20));
    shapes.add(shape.insert(0, 1));
    if (shape.size() < 1 << 20) {
      shapes.add(shape.insert(shape.rank(), 2));
      for (int i = 0; i < shape.rank(); i++) {
        for (int dim : new int[] {0, 1, shape.dim(i) + 1, 2 * shape.dim(i), 1 << 24}) {
          shapes.add(shape.with(i, dim));
        }
      }
    }
    return shapes;
  }

  private static List<Object> hard(List<?> numbers) {
    List<Object> lists = new ArrayList<>();
    lists.add(List.of());
    List<Object> longer = new ArrayList<>(numbers);
    longer.add(0);
    lists.add(longer);
    for (int i = 0; i < numbers.size(); i++) {
      for (Object number : INTS) {
        List<Object> changed = new ArrayList<>(numbers);
        changed.set(i, number);
        lists.add(changed);
      }
    }
    return lists;
  }
}
