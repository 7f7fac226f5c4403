package dev.lanewise.cli;

import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * {@code --threads}, for all commands that compute, and a look at the settings that have no option.
 */
final class EngineOptions {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads that share the work (default: the environment variable LANEWISE_THREADS, else"
              + " one for each processor).")
  private @Nullable Integer threads;

  /**
   * Applies the option and starts the engine.
   *
   * @throws BadInputException when the option, a system property or a variable has no meaning
   */
  void apply() {
    try {
      if (threads != null) {
        Team.global().setThreads(threads);
      }
      Team.global();
      Pool.global();
      BlasChoice.get();
    } catch (IllegalArgumentException | IllegalStateException complaint) {
      throw new BadInputException(String.valueOf(complaint.getMessage()));
    }
  }
}
