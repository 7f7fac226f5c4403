package dev.lanewise.cli;

import java.util.ArrayList;
import java.util.List;

/** How this process was started, so that it can start another one like it. */
final class OwnCommand {
  private static final String MODULE = "dev.lanewise/" + Main.class.getName();

  private OwnCommand() {}

  /**
   * The program and its arguments up to and including the main class; empty where the system does
   * not tell, or where another class was started.
   */
  static List<String> line() {
    ProcessHandle.Info info = ProcessHandle.current().info();
    return info.command()
        .map(program -> line(program, info.arguments().map(List::of).orElse(List.of())))
        .orElse(List.of());
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
