package dev.lanewise.cli;

import dev.lanewise.kernel.Team;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --threads}, for all commands that compute. */
final class ThreadsOption {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads that share the work (default: the environment variable LANEWISE_THREADS, else one"
              + " for each processor).")
  private @Nullable Integer threads;

  void apply() {
    BadInputException.checking(
        () -> {
          if (threads != null) {
            Team.global().setThreads(threads);
          }
          return Team.global();
        });
  }
}
