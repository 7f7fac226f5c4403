package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.nn.Layer;
import dev.lanewise.nn.ReLU;
import dev.lanewise.op.Window;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the module says of null: a parameter that is not marked {@code @Nullable} refuses it at once
 * with an exception that names it, also where it would only be kept. Every public constructor and
 * method is called with arguments that may suit it, one of them null at a time.
 */
class NullContractTest {
  /** The name alone, or the JVM's sentence about a call on it. */
  private static final String NAMED = "\\w+|.*because \"[\\w.]+\" is null";

  private final Set<Class<?>> underWay = new HashSet<>();
  private final List<String> wrong = new ArrayList<>();
  private int refused;

  @ParameterizedTest
  @ValueSource(strings = {"data", "io", "model", "nn", "optim", "train"})
  void nullIsRefusedAtOnce(String name) throws IOException, ReflectiveOperationException {
    for (Class<?> type : publicTypes(name)) {
      if (Throwable.class.isAssignableFrom(type)) {
        continue; // to refuse would hide the failure that it tells of
      }
      if (!Modifier.isAbstract(type.getModifiers())) {
        for (Constructor<?> constructor : type.getConstructors()) {
          check(constructor, null);
        }
      }
      Object self = value(type);
      for (Method method : type.getDeclaredMethods()) {
        boolean known = method.isSynthetic() || method.getName().matches("equals|valueOf");
        boolean callable = Modifier.isStatic(method.getModifiers()) || type.isInstance(self);
        if (Modifier.isPublic(method.getModifiers()) && callable && !known && !isProxy(self)) {
          check(method, self);
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(refused >= 5, name + ": only " + refused + " nulls were refused");
  }

  /**
   * What an operation is made of. Those that only stand in the backward of another are made of what
   * that one has checked.
   */
  @Test
  void operationsRefuseNullAtOnce() throws IOException, ReflectiveOperationException {
    for (Class<?> type : publicTypes("op")) {
      if (type.isRecord() && !type.isMemberClass()) {
        for (Constructor<?> constructor : type.getConstructors()) {
          check(constructor, null);
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(refused >= 10, "only " + refused + " nulls were refused");
  }

  /** The check itself sees a null that is kept. */
  @Test
  void whatIsKeptIsSeen() throws ReflectiveOperationException {
    check(Keeps.class.getConstructor(String.class, String.class), null);
    assertEquals(1, wrong.size());
    assertTrue(wrong.getFirst().endsWith("argument 0: null was taken"), wrong::toString);
  }

  /** Keeps a null, as it must not. */
  public record Keeps(String name, @Nullable String other) {}

  private static boolean isProxy(@Nullable Object self) {
    return self != null && Proxy.isProxyClass(self.getClass());
  }

  private static List<Class<?>> publicTypes(String name)
      throws IOException, ReflectiveOperationException {
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.list(OtherJvm.CLASSES.resolve("dev/lanewise").resolve(name))) {
      for (Path file : files.sorted().toList()) {
        String simple = file.getFileName().toString().replace(".class", "");
        Class<?> type = Class.forName("dev.lanewise." + name + "." + simple);
        boolean open = !type.isAnonymousClass();
        for (Class<?> outer = type; outer != null; outer = outer.getEnclosingClass()) {
          open &= Modifier.isPublic(outer.getModifiers());
        }
        if (open) {
          types.add(type);
        }
      }
    }
    return types;
  }

  private void check(Executable called, @Nullable Object self) {
    AnnotatedType[] parameters = called.getAnnotatedParameterTypes();
    for (int i = 0; i < parameters.length; i++) {
      if (called.getParameterTypes()[i].isPrimitive()
          || parameters[i].isAnnotationPresent(Nullable.class)) {
        continue;
      }
      @Nullable Object[] arguments = values(called);
      arguments[i] = null;
      String where = called + ", argument " + i + ": ";
      try {
        call(called, self, arguments);
        wrong.add(where + "null was taken");
      } catch (NullPointerException refusal) {
        refused++;
        if (!String.valueOf(refusal.getMessage()).matches(NAMED)) {
          wrong.add(where + refusal.getMessage());
        }
      } catch (Throwable other) {
        // Another argument did not suit it either, or the null was refused as a wrong value.
        if (!(other instanceof RuntimeException)) {
          wrong.add(where + other);
        }
      }
    }
  }

  private static @Nullable Object call(
      Executable called, @Nullable Object self, @Nullable Object[] arguments) throws Throwable {
    try {
      return called instanceof Constructor<?> constructor
          ? constructor.newInstance(arguments)
          : ((Method) called).invoke(self, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  private @Nullable Object[] values(Executable called) {
    return Arrays.stream(called.getParameterTypes()).map(this::value).toArray();
  }

  /** Something of this type, or null where none could be made. */
  private @Nullable Object value(Class<?> type) {
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type.isArray()) {
      Object array = Array.newInstance(type.componentType(), 2);
      for (int i = 0; i < 2; i++) {
        Array.set(array, i, value(type.componentType()));
      }
      return array;
    }
    Object known = known(type);
    if (known != null) {
      return known;
    }
    if (type.isInterface() && !type.isSealed()) {
      return Proxy.newProxyInstance(
          type.getClassLoader(), new Class<?>[] {type}, (_, method, _) -> result(method));
    }
    return underWay.add(type) ? made(type) : null;
  }

  private @Nullable Object result(Method method) {
    return method.getReturnType() == void.class ? null : value(method.getReturnType());
  }

  private static @Nullable Object known(Class<?> type) {
    List<Object> values =
        List.of(
            Tensor.ones(2, 2, 8, 8),
            Shape.of(2, 2),
            new Generator(1),
            Window.of(2),
            new ReLU(),
            Options.of("lr", 0.1),
            new Sgd(Map.of("weight", Tensor.ones(2)), 0.1),
            "lenet5",
            Path.of("none"),
            new HashMap<>(),
            new ArrayList<>());
    if (type.isPrimitive()) {
      return Map.<Class<?>, Object>of(
              int.class,
              2,
              long.class,
              2L,
              float.class,
              0.5f,
              double.class,
              0.5,
              boolean.class,
              true,
              byte.class,
              (byte) 1)
          .get(type);
    }
    Set<Class<?>> abstracts = Set.of(Layer.class, Optimizer.class, Object.class);
    return values.stream()
        .filter(value -> type == value.getClass() || isKind(type, value, abstracts))
        .findFirst()
        .orElse(null);
  }

  private static boolean isKind(Class<?> type, Object value, Set<Class<?>> abstracts) {
    boolean ofTheJdk =
        type.isInterface() && type.getName().matches("java\\.(util|nio\\.file)\\.\\w+");
    return (ofTheJdk || abstracts.contains(type)) && type.isInstance(value);
  }

  /** By a constructor, a static method, or as one of the types of a sealed one. */
  private @Nullable Object made(Class<?> type) {
    try {
      if (type.isSealed() && Modifier.isAbstract(type.getModifiers())) {
        return Arrays.stream(type.getPermittedSubclasses())
            .map(this::value)
            .filter(type::isInstance)
            .findFirst()
            .orElse(null);
      }
      List<Executable> makers = new ArrayList<>();
      if (!Modifier.isAbstract(type.getModifiers())) {
        makers.addAll(List.of(type.getConstructors()));
      }
      for (Method method : type.getMethods()) {
        if (Modifier.isStatic(method.getModifiers()) && method.getReturnType() == type) {
          makers.add(method);
        }
      }
      for (Executable maker : makers) {
        try {
          return call(maker, null, values(maker));
        } catch (Throwable unsuited) {
          continue; // the next one may do
        }
      }
      return null;
    } finally {
      underWay.remove(type);
    }
  }
}
