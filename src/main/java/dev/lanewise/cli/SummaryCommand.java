package dev.lanewise.cli;

import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.tensor.Generator;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise summary}: the layers of a model. */
@Command(
    name = "summary",
    description =
        "Prints the layers of a model with their output shapes, parameters and additions and"
            + " multiplications of one forward.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class SummaryCommand implements Runnable {
  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "lenet5",
      description = "The model.")
  private String model = "";

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Samples of the input.")
  private int batch;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  SummaryCommand() {}

  @Override
  public void run() {
    if (batch < 1) {
      throw new BadInputException("--batch is " + batch + "; expected a whole number from 1.");
    }
    Model made = BadInputException.checking(() -> Models.create(model, Generator.zeros()));
    PrintWriter out = spec.commandLine().getOut();
    out.println(made.name());
    out.print(made.network().summary(made.input().insert(0, batch)));
    out.flush();
  }
}
