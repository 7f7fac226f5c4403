package dev.lanewise.cli;

import dev.lanewise.tensor.Tensor;
import dev.lanewise.tensor.TensorOps;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lanewise ops}: the operations of a tensor, by kind, as the program has them. */
@Command(
    name = "ops",
    description = "Lists the operations of a tensor by kind.",
    mixinStandardHelpOptions = true)
final class OpsCommand implements Runnable {
  private static final int WIDTH = 100;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  OpsCommand() {}

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    for (Class<?> kind : kinds()) {
      out.println(kind.getSimpleName().replaceFirst("Ops$", "").toLowerCase(Locale.ROOT));
      StringBuilder line = new StringBuilder(" ");
      for (String name : names(kind)) {
        if (line.length() + 1 + name.length() > WIDTH) {
          out.println(line);
          line = new StringBuilder(" ");
        }
        line.append(' ').append(name);
      }
      out.println(line);
    }
    out.flush();
  }

  /** The classes that hold operations, from the simplest ones on. */
  private static List<Class<?>> kinds() {
    List<Class<?>> kinds = new ArrayList<>();
    for (Class<?> at = Tensor.class; at != null && at != TensorOps.class; at = at.getSuperclass()) {
      if (at.getSimpleName().endsWith("Ops")) {
        kinds.addFirst(at);
      }
    }
    return kinds;
  }

  /** Methods that make tensors. */
  private static TreeSet<String> names(Class<?> kind) {
    TreeSet<String> names = new TreeSet<>();
    for (Method method : kind.getDeclaredMethods()) {
      boolean made =
          method.getReturnType() == Tensor.class
              || method.getReturnType() == List.class
              || Arrays.asList(Tensor.class.getClasses()).contains(method.getReturnType());
      if (Modifier.isPublic(method.getModifiers()) && !method.isBridge() && made) {
        names.add(method.getName());
      }
    }
    return names;
  }
}
