package dev.lanewise.cli;

import dev.lanewise.example.Example;
import dev.lanewise.example.Examples;
import dev.lanewise.example.MissingDataException;
import dev.lanewise.example.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise example}: the worked examples of the tutorial. */
@Command(
    name = "example",
    description = {
      "Runs a worked example of the tutorial and compares its values with the lecture's.",
      "The exit code is 1 where a value disagrees, 3 where data are missing.",
    },
    mixinStandardHelpOptions = true)
final class ExampleCommand implements Callable<Integer> {
  private static final int SKIPPED = 3;

  @Parameters(paramLabel = "NAME", description = "The example; or list, or all.")
  private String name = "";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where pictures go; default target/examples/NAME. With all: its subfolders.")
  private @Nullable Path folder;

  @Option(names = "--quick", description = "Takes reduced sizes where an example is long.")
  private boolean quick;

  @Option(
      names = "--text",
      paramLabel = "PATH",
      description =
          "With transformer: the text to learn, a file or a folder of *.txt; default text in the"
              + " folder that LANEWISE_DATA names.")
  private @Nullable Path text;

  @Option(
      names = "--serve",
      paramLabel = "PORT",
      arity = "0..1",
      fallbackValue = "0",
      description =
          "With seeing-digits: keeps the page up until Ctrl-C; without a port at one that is free.")
  private @Nullable Integer port;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  ExampleCommand() {}

  @Override
  public Integer call() throws IOException {
    return switch (name) {
      case "list" -> list();
      case "all" -> all();
      default -> one(BadInputException.checking(() -> Examples.named(name)));
    };
  }

  private int list() {
    for (Example example : Examples.all()) {
      out().printf("%3d  %-26s %s%n", example.row(), example.name(), example.title());
    }
    out().flush();
    return 0;
  }

  private int one(Example example) throws IOException {
    for (String option : options().keySet()) {
      if (!example.options().contains(option)) {
        throw new BadInputException("The example " + name + " takes no --" + option + ".");
      }
    }
    if (port != null && (port < 0 || port > 65535)) {
      throw new BadInputException("--serve is " + port + "; expected a port from 0 to 65535.");
    }
    return run(example, folder);
  }

  private int all() throws IOException {
    if (port != null) {
      throw new BadInputException("The word all takes no --serve; name an example.");
    }
    int agree = 0;
    int disagree = 0;
    int skipped = 0;
    for (Example example : Examples.all()) {
      switch (run(example, folder == null ? null : folder.resolve(example.name()))) {
        case 0 -> agree++;
        case SKIPPED -> skipped++;
        default -> disagree++;
      }
    }
    out().printf("%d agree, %d disagree, %d skipped%n", agree, disagree, skipped);
    out().flush();
    return disagree == 0 ? 0 : 1;
  }

  private int run(Example example, @Nullable Path pictures) throws IOException {
    Path drawn = pictures == null ? Path.of("target/examples", example.name()) : pictures;
    Output output = new Output(out(), drawn, quick, options());
    try {
      example.show(output);
    } catch (MissingDataException missing) {
      complain(example.name() + " is skipped: " + missing.getMessage());
      return SKIPPED;
    }
    output.disagreements().stream()
        .findFirst()
        .ifPresent(sentence -> complain(example.name() + ": " + sentence));
    return output.disagreements().isEmpty() ? 0 : 1;
  }

  /** What was said for options that only some examples take. */
  private Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    if (text != null) {
      options.put("text", text.toString());
    }
    if (port != null) {
      options.put("serve", port.toString());
    }
    return options;
  }

  private void complain(String sentence) {
    spec.commandLine().getErr().println("lanewise: " + sentence);
    spec.commandLine().getErr().flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
