package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.Models;
import dev.lanewise.optim.Optimizers;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Schedule;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README says what is there: its example runs, and its lists are complete. */
class ReadmeTest {
  /** Every optimiser with its options, every schedule, every model. */
  @Test
  void theListsAreComplete() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    List<String> names = new ArrayList<>(Models.names());
    for (String optimizer : Optimizers.names()) {
      names.add(optimizer);
      ParameterGroup group = new ParameterGroup(Map.of(), Options.none());
      names.addAll(
          Optimizers.create(optimizer, List.of(group))
              .groups()
              .getFirst()
              .options()
              .values()
              .keySet());
    }
    for (Method method : Schedule.class.getDeclaredMethods()) {
      if (Modifier.isStatic(method.getModifiers()) && Modifier.isPublic(method.getModifiers())) {
        names.add(method.getName());
      }
    }
    assertEquals(
        List.of(), names.stream().filter(name -> !readme.contains("`" + name + "`")).toList());
  }

  @Test
  void theExampleRuns(@TempDir Path folder) throws IOException, InterruptedException {
    Path readme = Path.of("README.md");
    assertTrue(Files.exists(readme), "the tests run in the project's folder");
    Matcher block =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(readme));
    assertTrue(block.find(), "README.md has a block of Java");
    Path source = folder.resolve("Xor.java");
    Files.writeString(source, block.group(1));
    String classPath = OtherJvm.CLASSES.toString();
    String output = OtherJvm.java(classPath, List.of(source.toString())).ofSuccess();
    assertTrue(output.contains("[0, 1, 1, 0]"), output);
  }
}
