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
        "Prints a line for each case that fails and for each that is not supported, then the"
            + " counts.",
      },
      mixinStandardHelpOptions = true)
  int reference(
      @Parameters(paramLabel = "DIR", description = "The folder of the test vectors.") Path folder)
      throws IOException {
    List<Result> results = new ReferenceRunner(folder).run();
    PrintWriter out = spec.commandLine().getOut();
    print(out, "skipped", results, Outcome.UNSUPPORTED);
    print(out, "FAILED", results, Outcome.FAILED);
    long failed = count(results, Outcome.FAILED);
    out.printf(
        "%d passed, %d failed, %d skipped%n",
        count(results, Outcome.PASSED), failed, count(results, Outcome.UNSUPPORTED));
    out.flush();
    return failed == 0 ? 0 : 1;
  }

  private static void print(PrintWriter out, String word, List<Result> results, Outcome outcome) {
    for (Result result : results) {
      if (result.outcome() == outcome) {
        out.printf("%s %s: %s%n", word, result.id(), result.message());
      }
    }
  }

  private static long count(List<Result> results, Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }
}
