package dev.lanewise.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code lanewise}: its exit code is 0, 1 after an error of its own, 2 for bad input.
 */
@Command(
    name = "lanewise",
    description = "Trains neural networks on the CPU.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      TrainCommand.class,
      EvalCommand.class,
      SummaryCommand.class,
      GraphCommand.class,
      OpsCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      ProfileCommand.class,
      ConformanceCommand.class,
      ExampleCommand.class,
    })
public final class Main implements Runnable {
  static final int BAD_INPUT = 2;

  private static final String VECTORS = "jdk.incubator.vector";

  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean verbose = Boolean.getBoolean("lanewise.trace");

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  private Main() {}

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    if (ModuleLayer.boot().findModule(VECTORS).isEmpty()) {
      System.err.println(
          "lanewise: this JVM runs without the module "
              + VECTORS
              + "; start it with ./lanewise, or add --add-modules "
              + VECTORS
              + ".");
      System.exit(BAD_INPUT);
    }
    if (System.getProperty(LOG_FORMAT) == null) {
      System.setProperty(LOG_FORMAT, "lanewise: %5$s%n"); // the message alone
    }
    System.exit(execute(args));
  }

  /**
   * Runs the command.
   *
   * @return the exit code
   */
  public static int execute(String... args) {
    return execute(writer(System.out), writer(System.err), args);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  /** Understands arguments; {@link #execute} also does what they say. */
  static CommandLine parser() {
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    CommandLine command = parser();
    Main main = command.getCommand();
    command
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler((wrong, _) -> Failure.of(wrong).report(err, main.verbose))
        .setExecutionExceptionHandler(
            (failed, _, _) -> Failure.of(failed).report(err, main.verbose));
    try {
      return command.execute(args);
    } catch (Error error) {
      return Failure.of(error).report(err, main.verbose);
    }
  }

  /** Without a subcommand. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
