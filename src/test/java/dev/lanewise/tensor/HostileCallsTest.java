package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.OutOfPoolMemoryException;
import dev.lanewise.memory.Pool;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every public method of a tensor with arguments that nobody thought of. It computes something,
 * forward and backward, or refuses in one sentence. A null where none belongs is refused at once,
 * by a sentence or by the Java machine, which names it as well.
 */
class HostileCallsTest {
  private static final int ROUNDS = 25;

  /** Results with more elements are not read. */
  private static final long READ = 1 << 16;

  /** Only the engine has the values that these take, or they end what the test goes on with. */
  private static final Set<String> ENGINE = Set.of("apply", "batchNorm", "close", "deferred");

  private final Pool pool = Pool.global();
  private final long limit = pool.limitBytes();

  /** So that a thousand gigabytes are refused and one is not filled. */
  @BeforeEach
  void littleMemory() {
    pool.setLimit(pool.reservedBytes() + (64 << 20));
  }

  @AfterEach
  void allMemory() {
    pool.setLimit(limit);
  }

  @Test
  void anyArgumentsOfAnyMethod() {
    Set<String> raw = new TreeSet<>();
    Set<String> called = new HashSet<>();
    Set<String> succeeded = new HashSet<>();
    List<Method> methods = methods();
    for (Method method : methods) {
      // Its own sequence for each method: what one draws is no matter to the others.
      Random random = new Random(method.toString().hashCode());
      HostileArguments hostile = new HostileArguments(random);
      for (int i = 0; i < ROUNDS; i++) {
        try (Scope scope = Scope.open()) {
          Tensor self = hostile.tensor(null);
          @Nullable Object[] arguments = hostile.of(method, self);
          if (arguments == null) {
            break;
          }
          called.add(method.getName());
          String call = method.getName() + " of " + self + ": " + Arrays.deepToString(arguments);
          Throwable thrown = thrown(method, self, arguments);
          if (thrown == null) {
            succeeded.add(method.getName());
            if (takesNull(method, arguments)) {
              raw.add(call + " → no exception");
            }
          } else if (!sentence(thrown, arguments)) {
            raw.add(call + " → " + thrown + " at " + thrown.getStackTrace()[0]);
          }
        }
      }
    }
    assertEquals(Set.of(), raw);
    // Else the arguments would be worth nothing.
    assertTrue(called.size() > 250, () -> "only " + called.size() + " methods were called");
    assertTrue(
        succeeded.size() > 0.8 * called.size(),
        () -> "only " + succeeded.size() + " of " + called.size());
  }

  private static List<Method> methods() {
    List<Method> methods = new ArrayList<>();
    for (Class<?> type = Tensor.class; type != Object.class; type = type.getSuperclass()) {
      for (Method method : type.getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())
            && !method.isSynthetic()
            && !ENGINE.contains(method.getName())) {
          method.setAccessible(true);
          methods.add(method);
        }
      }
    }
    methods.sort(Comparator.comparing(Method::toString));
    return methods;
  }

  /** What the call throws, or a look at its result, or backward through it. */
  private static @Nullable Throwable thrown(
      Method method, Tensor self, @Nullable Object[] arguments) {
    try {
      Object y = method.invoke(Modifier.isStatic(method.getModifiers()) ? null : self, arguments);
      if (y instanceof Tensor result && result.size() < READ && !result.closed()) {
        if (result.dtype() == DType.FLOAT32) {
          result.toArray();
        }
        if (result.requiresGrad()) {
          result.backward(Tensor.ones(result.shape().toArray()), true, false);
        }
      }
      return null;
    } catch (InvocationTargetException refused) {
      return refused.getCause();
    } catch (IllegalAccessException impossible) {
      throw new AssertionError(impossible);
    } catch (RuntimeException refused) {
      return refused;
    }
  }

  /** Whether there is a null where the signature has no {@link Nullable}. */
  private static boolean takesNull(Method method, @Nullable Object[] arguments) {
    AnnotatedType[] types = method.getAnnotatedParameterTypes();
    return IntStream.range(0, arguments.length)
        .anyMatch(i -> arguments[i] == null && !types[i].isAnnotationPresent(Nullable.class));
  }

  private static boolean sentence(Throwable thrown, @Nullable Object[] arguments) {
    String message = thrown.getMessage();
    boolean expected =
        thrown instanceof IllegalArgumentException
            || thrown instanceof IllegalStateException
            || thrown instanceof OutOfPoolMemoryException
            || thrown instanceof NullPointerException && Arrays.asList(arguments).contains(null);
    return expected && message != null && !message.isBlank() && !message.contains("\n");
  }
}
