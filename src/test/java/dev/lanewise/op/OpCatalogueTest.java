package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every op of the catalogue is sampled, refuses what does not fit, and can be reached by users. */
class OpCatalogueTest {
  @Test
  void everyOpHasSamples() {
    List<Class<?>> sampled = new ArrayList<>();
    OpSamples.all().forEach(sample -> sampled.add(sample.op().getClass()));
    assertAllHave("a sample (add one to the file of its kind beside OpSamples)", sampled);
  }

  /** The checks of gradients, of both orders, differentiate by the inputs of samples. */
  @Test
  void everyOpHasASampleWithADifferentiableInput() {
    List<Class<?>> checked = new ArrayList<>();
    OpSamples.all()
        .forEach(sample -> {
          if (!sample.values().isEmpty()) {
            checked.add(sample.op().getClass());
          }
        });
    assertAllHave("a sample with a differentiable input, so no gradient is checked", checked);
  }

  @Test
  void everyOpRefusesBadShapesButForFunctionsOfOneVariable() {
    List<Class<?>> tested = new ArrayList<>();
    catalogue().stream().filter(UnaryOp.class::isAssignableFrom).forEach(tested::add);
    OpSamples.bad().forEach(bad -> tested.add(bad.op()));
    assertAllHave("a refused call (add one to the file of its kind beside OpSamples)", tested);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#bad")
  void badCallsAreRefusedInOneSentence(SampleSet.Bad bad) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> bad.call().run()).getMessage();
    assertNotNull(message);
    assertTrue(message.contains(bad.message()), () -> "the message is: " + message);
    assertFalse(message.contains("\n"), () -> "more than one line: " + message);
  }

  @Test
  void everyOpCanBeReachedFromATensor() throws IOException {
    Set<String> named = new TreeSet<>();
    List<Class<?>> holders = new ArrayList<>();
    for (Class<?> kind = Tensor.class; kind != Object.class; kind = kind.getSuperclass()) {
      holders.add(kind);
    }
    for (Class<?> holder : holders) {
      try (InputStream in = holder.getResourceAsStream(holder.getSimpleName() + ".class")) {
        assertNotNull(in, holder.getName());
        ClassFile.of()
            .parse(in.readAllBytes())
            .constantPool()
            .forEach(entry -> {
              if (entry instanceof ClassEntry type) {
                named.add("L" + type.asInternalName() + ";");
              } else if (entry instanceof Utf8Entry text) {
                named.add(text.stringValue());
              }
            });
      }
    }
    List<String> unreachable =
        catalogue().stream()
            .filter(op -> !standsInBackwardOnly(op))
            .filter(op -> named.stream().noneMatch(text -> text.contains(op.descriptorString())))
            .map(Class::getName)
            .toList();
    assertEquals(List.of(), unreachable, "ops without a method of a tensor");
  }

  @Test
  void namesAreThoseOfTheClasses() {
    assertEquals("conv2d", Conv2d.standard().name());
    assertEquals("conv2dInputGradient", new Conv2d.InputGradient(Conv2d.standard(), null).name());
    assertEquals("logSoftmax", new LogSoftmax().name());
    assertEquals("mean", new Sum(new Axes(1), false, true).name());
  }

  /** Ops that are part of another one, or a gradient, only stand in backward rules. */
  private static boolean standsInBackwardOnly(Class<?> op) {
    Class<?> outer = op.getEnclosingClass();
    return outer != null
        && (Op.class.isAssignableFrom(outer) || op.getSimpleName().equals("Gradient"));
  }

  /** All ops that may stand in a tape, but for the open door to users. */
  private static List<Class<?>> catalogue() {
    List<Class<?>> ops = new ArrayList<>();
    collect(Op.class, ops);
    return ops;
  }

  private static void collect(Class<?> type, List<Class<?>> into) {
    if (type == CustomOp.class) {
      return;
    }
    if (!type.isSealed()) {
      into.add(type);
      return;
    }
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      collect(permitted, into);
    }
  }

  private static void assertAllHave(String what, List<Class<?>> having) {
    Set<String> lacking = names(catalogue());
    lacking.removeAll(names(having));
    assertEquals(Set.of(), lacking, "ops of the catalogue without " + what);
    Set<String> strange = names(having);
    strange.removeAll(names(catalogue()));
    assertEquals(Set.of(), strange, "sampled, but not in the catalogue");
  }

  private static Set<String> names(List<Class<?>> classes) {
    return classes.stream().map(Class::getName).collect(Collectors.toCollection(TreeSet::new));
  }
}
