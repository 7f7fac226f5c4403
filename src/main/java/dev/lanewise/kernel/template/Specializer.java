package dev.lanewise.kernel.template;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;

/**
 * Makes a kernel class of its own for every operation out of one template class.
 *
 * <p>A loop that many operations share through an object is several times slower than the loop
 * written out, and allocates: the compiler sees many callees at the call, does not inline them, and
 * boxes every vector. So the class file of the template is defined again, as a hidden class, for
 * each operation; there the operation is a static final, that is a constant, the profile of the
 * loop is its own, and the code of the operation stands in the loop itself ({@link VectorInliner}).
 *
 * <p>A template is written like this (the field serves where no class can be defined at run time,
 * as in a native image; in a specialised class the condition is a constant and costs nothing):
 *
 * <pre>{@code
 * final class Loop implements Kernel {
 *   private static final @Nullable Op OP = Specializer.data(MethodHandles.lookup(), Op.class);
 *   private final @Nullable Op ordinary;
 *
 *   Loop() { ordinary = null; }
 *   Loop(Op op) { ordinary = op; }
 *
 *   public void run(...) {
 *     Op op = OP != null ? OP : Objects.requireNonNull(ordinary);
 *     ...
 *   }
 * }
 * }</pre>
 */
public final class Specializer {
  /** {@code lanewise.specialise=false} shows how a platform without hidden classes behaves. */
  private static final boolean POSSIBLE =
      System.getProperty("org.graalvm.nativeimage.imagecode") == null
          && !"false".equals(System.getProperty("lanewise.specialise"));

  private Specializer() {}

  /**
   * An instance of a copy of the template in which {@link #data} returns {@code classData}. Every
   * call defines a class, so the caller keeps the result.
   *
   * @param lookup the full rights on the template's package, {@code MethodHandles.lookup()} of the
   *     template or of a class beside it
   * @param template the class to copy: top-level or static nested, with a constructor without
   *     parameters and one that takes the data
   * @param classData what becomes a constant of the copy
   * @param kernelInterface what the caller sees
   * @throws IllegalArgumentException if the template cannot be copied, for example because it lacks
   *     a constructor
   */
  public static <K> K specialise(
      MethodHandles.Lookup lookup,
      Class<? extends K> template,
      Object classData,
      Class<K> kernelInterface) {
    return specialise(lookup, template, classData, kernelInterface, POSSIBLE);
  }

  static <K> K specialise(
      MethodHandles.Lookup lookup,
      Class<? extends K> template,
      Object classData,
      Class<K> kernelInterface,
      boolean possible) {
    try {
      Object kernel =
          possible
              ? hiddenCopy(lookup, template, classData)
              : ordinaryInstance(lookup, template, classData);
      return kernelInterface.cast(kernel);
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalArgumentException(
          "The kernel " + template.getName() + " cannot be specialised: " + failure, failure);
    }
  }

  /**
   * What the class of this lookup was specialised with; null in the template itself. To be called
   * in the initialiser of a static final.
   */
  public static <T> @Nullable T data(MethodHandles.Lookup lookup, Class<T> type) {
    try {
      return MethodHandles.classData(lookup, "_", type);
    } catch (IllegalAccessException failure) {
      throw new IllegalArgumentException(
          "The lookup of " + lookup.lookupClass().getName() + " has not its full rights.", failure);
    }
  }

  private static Object hiddenCopy(MethodHandles.Lookup lookup, Class<?> template, Object classData)
      throws Throwable {
    MethodHandles.Lookup copy =
        lookup.defineHiddenClassWithClassData(
            VectorInliner.classFile(template, classData),
            classData,
            true,
            MethodHandles.Lookup.ClassOption.NESTMATE);
    MethodHandle constructor =
        copy.findConstructor(copy.lookupClass(), MethodType.methodType(void.class));
    return constructor.invoke();
  }

  private static Object ordinaryInstance(
      MethodHandles.Lookup lookup, Class<?> template, Object classData) throws Throwable {
    for (Constructor<?> constructor : template.getDeclaredConstructors()) {
      if (constructor.getParameterCount() == 1
          && constructor.getParameterTypes()[0].isInstance(classData)) {
        return lookup.unreflectConstructor(constructor).invoke(classData);
      }
    }
    throw new IllegalArgumentException(
        "The kernel "
            + template.getName()
            + " has no constructor that takes a "
            + classData.getClass().getName()
            + ".");
  }
}
