package dev.lanewise.cli;

import dev.lanewise.conformance.ReferenceRunner;
import dev.lanewise.conformance.ReferenceRunner.Outcome;
import dev.lanewise.conformance.ReferenceRunner.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code lanewise conformance reference DIR}: test vectors of another engine, run on this one. A
 * subcommand of {@link Main}; the exit code is 0 where no case failed, else 1.
 */
@Command(
    name = "conformance",
    description = "Compares results with those of other engines.",
    mixinStandardHelpOptions = true)
final class ConformanceCommand implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  ConformanceCommand() {}

  /** Without a subcommand. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "reference",
      description = {
        "Runs the test vectors in a folder: index.json and cases/*.safetensors.",
        "Prints a line for each case that fails, then the counts; an operation that is unknown is a"
            + " failure.",
      },
      mixinStandardHelpOptions = true)
  int reference(
      @Parameters(paramLabel = "DIR", description = "The folder of the test vectors.") Path folder)
      throws IOException {
    List<Result> results = new ReferenceRunner(folder).run();
    PrintWriter out = spec.commandLine().getOut();
    long failed = 0;
    for (Result result : results) {
      if (result.outcome() != Outcome.PASSED) {
        failed++;
        String unknown = result.outcome() == Outcome.UNSUPPORTED ? "not supported: " : "";
        out.printf("FAILED %s: %s%s%n", result.id(), unknown, result.message());
      }
    }
    out.printf("%d passed, %d failed, 0 skipped%n", results.size() - failed, failed);
    out.flush();
    return failed == 0 ? 0 : 1;
  }
}
