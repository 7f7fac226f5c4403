package dev.lanewise.cli;

import dev.lanewise.model.Model;
import dev.lanewise.tensor.Generator;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
  @Mixin private final ModelOption model = new ModelOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  SummaryCommand() {}

  @Override
  public void run() {
    Model made = model.create(Generator.zeros());
    PrintWriter out = spec.commandLine().getOut();
    out.println(made.name());
    out.print(made.network().summary(made.input().insert(0, model.batch())));
    out.flush();
  }
}
