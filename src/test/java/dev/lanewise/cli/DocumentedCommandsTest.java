package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.example.Example;
import dev.lanewise.example.Examples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** Every command that the documents show is one that the program understands. */
class DocumentedCommandsTest {
  /** At the beginning of a line, up to a comment; or within backquotes. */
  private static final Pattern COMMAND =
      Pattern.compile("(?m)(?:^\\./lanewise|(?<=`)\\./lanewise) ([^`#\n]+)");

  private static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      List<Path> pages =
          Stream.concat(Stream.of(Path.of("README.md")), docs)
              .filter(file -> file.toString().endsWith(".md"))
              .toList();
      for (Path page : pages) {
        for (MatchResult found : COMMAND.matcher(Files.readString(page)).results().toList()) {
          String command = found.group(1).replaceAll("[\\[\\]]", "").strip();
          // A word alone names a command, and dots stand for options that it needs.
          if (command.contains(" ") && !command.contains("…")) {
            commands.add(command);
          }
        }
      }
    }
    return commands;
  }

  @Test
  void areUnderstood() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (String command : commands()) {
      try {
        Main.parser().parseArgs(command.split("\\s+"));
      } catch (ParameterException refused) {
        wrong.add(command + ": " + refused.getMessage());
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(commands().size() > 40, commands()::toString);
  }

  @Test
  void nameExamplesThatThereAre() throws IOException {
    Set<String> names = Examples.all().stream().map(Example::name).collect(Collectors.toSet());
    names.addAll(Set.of("list", "all", "NAME"));
    Set<String> unknown = new TreeSet<>();
    for (String command : commands()) {
      String[] words = command.split("\\s+");
      if (words[0].equals("example") && !names.contains(words[1])) {
        unknown.add(command);
      }
    }
    assertEquals(Set.of(), unknown);
  }
}
