package dev.lanewise.tensor;

import dev.lanewise.op.BatchNorm;
import dev.lanewise.op.Op;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Arguments for any public method of a tensor, from a seed: mostly such that the call may succeed,
 * some negative, huge, empty, closed, of another type or null.
 */
final class HostileArguments {
  private static final List<String> EQUATIONS =
      List.of("ij,jk->ik", "ij", "->", "", "i,i", "ii->i", "...ij,...jk->...ik", "bij,jk", "i j,,");

  /** A record's constructor refuses some components; after so many tries there is none. */
  private static final int TRIES = 20;

  private final Random random;

  HostileArguments(Random random) {
    this.random = random;
  }

  /** A tensor of any type and layout; where there is another one, often of its shape. */
  Tensor tensor(@Nullable Tensor like) {
    int[] dims = like != null && random.nextInt(3) > 0 ? like.shape().toArray() : dims();
    Tensor x = new Generator(random.nextInt()).normal(Shape.of(dims), 0, 1);
    boolean matrix = dims.length >= 2 && x.size() > 0;
    switch (random.nextInt(10)) {
      case 0, 1 -> {
        int most = random.nextInt(6);
        x =
            Tensor.ofLongs(
                random.longs(x.size(), most == 0 ? 0 : -1, Math.max(1, most)).toArray(), dims);
      }
      case 2 -> x = x.to(DType.BOOL);
      case 3 -> x = x.to(DType.UINT8);
      case 4 -> x.requireGrad();
      case 5 -> x = matrix ? x.transpose(0, 1) : x;
      case 6 -> x = matrix ? x.lanes() : x;
      case 7 -> {
        if (random.nextInt(4) == 0) {
          x.close();
        }
      }
      default -> {}
    }
    return x;
  }

  /**
   * Arguments for a method of this tensor.
   *
   * @return null where a parameter is of a kind that only the engine itself makes
   */
  @Nullable Object @Nullable [] of(Method method, Tensor self) {
    Type[] types = method.getGenericParameterTypes();
    @Nullable Object[] arguments = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      boolean reference = !method.getParameterTypes()[i].isPrimitive();
      arguments[i] = reference && random.nextInt(12) == 0 ? null : value(types[i], self);
      if (arguments[i] == this) {
        return null;
      }
    }
    return arguments;
  }

  private int[] dims() {
    return random.ints(random.nextInt(5), 0, 5).map(d -> d == 0 ? random.nextInt(4) : d).toArray();
  }

  private int number() {
    return switch (random.nextInt(14)) {
      case 0 -> Integer.MIN_VALUE;
      case 1 -> Integer.MAX_VALUE;
      case 2 -> 1 << 30;
      case 3 -> 1000;
      default -> random.nextInt(-3, 6);
    };
  }

  private float real() {
    return switch (random.nextInt(9)) {
      case 0 -> Float.NaN;
      case 1 -> Float.POSITIVE_INFINITY;
      case 2 -> Float.NEGATIVE_INFINITY;
      case 3 -> -1;
      case 4 -> 0;
      case 5 -> 1e30f;
      default -> 3 * random.nextFloat();
    };
  }

  /** This itself stands for: there is no such value. */
  private Object value(Type type, Tensor self) {
    if (type instanceof ParameterizedType of && of.getRawType() == List.class) {
      List<Object> list = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        list.add(value(of.getActualTypeArguments()[0], self));
      }
      return list.contains(this) ? this : list;
    }
    if (type instanceof ParameterizedType of && of.getRawType() == UnaryOperator.class) {
      return UnaryOperator.identity();
    }
    return type instanceof Class<?> plain ? plainValue(plain, self) : this;
  }

  private Object plainValue(Class<?> type, Tensor self) {
    if (type.isArray()) {
      Object array = Array.newInstance(type.getComponentType(), random.nextInt(5));
      for (int i = 0; i < Array.getLength(array); i++) {
        Array.set(array, i, plainValue(type.getComponentType(), self));
      }
      return array;
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
    }
    if (type.isRecord()) {
      return record(type, self);
    }
    return switch (type.getSimpleName()) {
      case "int", "Integer" -> number();
      case "long" -> random.nextInt(4) == 0 ? Long.MAX_VALUE - random.nextInt(2) : (long) number();
      case "float" -> real();
      case "double" -> (double) real();
      case "boolean" -> random.nextBoolean();
      case "byte" -> (byte) random.nextInt();
      case "String" -> EQUATIONS.get(random.nextInt(EQUATIONS.size()));
      case "Tensor" -> tensor(self);
      case "Shape" -> Shape.of(dims());
      case "Generator" -> new Generator(1);
      case "MemorySegment" -> MemorySegment.ofArray(new byte[random.nextInt(64)]);
      default -> this;
    };
  }

  private Object record(Class<?> type, Tensor self) {
    if (Op.class.isAssignableFrom(type) && type == BatchNorm.class) {
      return this;
    }
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    for (int i = 0; i < TRIES; i++) {
      Object[] values = new Object[types.length];
      for (int k = 0; k < values.length; k++) {
        boolean small = types[k] == int.class && random.nextInt(4) > 0;
        values[k] =
            small ? (Object) random.nextInt(3) : value(components[k].getGenericType(), self);
      }
      if (Arrays.asList(values).contains(this)) {
        return this;
      }
      try {
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        return constructor.newInstance(values);
      } catch (InvocationTargetException refused) {
        if (!(refused.getCause() instanceof IllegalArgumentException)) {
          throw new AssertionError(type + " of " + Arrays.toString(values), refused.getCause());
        }
      } catch (ReflectiveOperationException hidden) {
        return this;
      }
    }
    return this;
  }
}
