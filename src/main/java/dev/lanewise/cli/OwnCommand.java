package dev.lanewise.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this process was started, so that it can start another one like it. */
final class OwnCommand {
  private static final String MODULE = "dev.lanewise/" + Main.class.getName();

  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");

  private OwnCommand() {}

  /**
   * The program and its arguments up to and including the main class; empty where the system does
   * not tell, or where another class was started.
   */
  static List<String> line() {
    ProcessHandle.Info info = ProcessHandle.current().info();
    return info.command()
        .map(program -> line(program, info.arguments().map(List::of).orElseGet(OwnCommand::all)))
        .orElse(List.of());
  }

  /** All arguments on Linux, where the JDK tells none when they fill a page (long class paths). */
  private static List<String> all() {
    try {
      String[] words = Files.readString(ARGUMENTS).split("\0");
      return List.of(words).subList(1, words.length);
    } catch (IOException | IllegalArgumentException untold) {
      return List.of();
    }
  }

  static List<String> line(String program, List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      if (arguments.get(i).equals(MODULE) || arguments.get(i).equals(Main.class.getName())) {
        List<String> line = new ArrayList<>(List.of(program));
        line.addAll(arguments.subList(0, i + 1));
        return List.copyOf(line);
      }
    }
    return List.of();
  }
}
