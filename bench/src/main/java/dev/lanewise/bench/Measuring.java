package dev.lanewise.bench;

import dev.lanewise.cli.WarmUp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The measuring process: lets one side do some cases one after the other. For each it prints what
 * the side computes first, and then the times.
 *
 * <p>Arguments: the side, seconds of warm-up, iterations, their length in milliseconds, the cases.
 */
final class Measuring {
  /** Starts the lines that are meant for the caller, among what libraries may print. */
  static final String MARK = "> ";

  /** Between the parts of a line. */
  static final String TAB = "\t";

  static final String DESCRIPTION = "description";
  static final String RESULT = "result";
  static final String TIMES = "times";
  static final String HANDOVER = "handover";
  static final String MISSING = "missing";
  static final String PEAK_MEMORY = "peak-memory";

  private Measuring() {}

  public static void main(String[] arguments) throws Exception {
    Side side = Side.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    Effort effort =
        new Effort(
            Double.parseDouble(arguments[1]),
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]));
    boolean described = false;
    for (String name : List.of(arguments).subList(4, arguments.length)) {
      measure(side, Case.parse(name), effort);
      if (!described) {
        // After the first case: then the libraries are loaded and have their threads.
        print(DESCRIPTION, "", side.describe());
        described = true;
      }
      // What the case held outside the heap goes with its objects.
      System.gc();
    }
    print(PEAK_MEMORY, "", Long.toString(peakMemory()));
    System.out.flush();
    // No side's worker threads are to hold the process.
    System.exit(0);
  }

  private static void measure(Side side, Case what, Effort effort) throws RunnerException {
    try {
      WorkBench.next = () -> prepared(side, what, effort);
      WorkBench.HANDOVERS.clear();
      Options options =
          new OptionsBuilder()
              .include("^" + WorkBench.class.getName().replace(".", "\\.") + "\\.")
              .forks(0)
              .warmupIterations(0)
              .measurementIterations(effort.iterations())
              .measurementTime(TimeValue.milliseconds(effort.milliseconds(what)))
              .shouldFailOnError(true)
              .verbosity(VerboseMode.SILENT)
              .build();
      var result = new Runner(options).runSingle();
      List<Double> times =
          result.getAggregatedResult().getIterationResults().stream()
              .map(iteration -> iteration.getPrimaryResult().getScore())
              .toList();
      List<Double> handovers = List.copyOf(WorkBench.HANDOVERS);
      int[] counted = counted(handovers);
      print(TIMES, what.toString(), numbers(times, counted));
      print(HANDOVER, what.toString(), numbers(handovers, counted));
    } catch (RunnerException failure) {
      IllegalArgumentException refused = refusal(failure);
      if (refused == null) {
        throw failure;
      }
      print(MISSING, what.toString(), refused.getMessage());
    }
  }

  /** The iterations that were at the wanted place to their end; all, if none was. */
  private static int[] counted(List<Double> handovers) {
    Placement wanted = Placement.ofProcess();
    int[] suiting =
        IntStream.range(0, handovers.size())
            .filter(i -> wanted == null || wanted.suits(handovers.get(i)))
            .toArray();
    return suiting.length > 0 ? suiting : IntStream.range(0, handovers.size()).toArray();
  }

  private static String numbers(List<Double> values, int[] counted) {
    return Arrays.stream(counted)
        .mapToObj(i -> Double.toString(values.get(i)))
        .collect(Collectors.joining(" "));
  }

  /** The sentence with which a side says that it cannot do the case. */
  private static IllegalArgumentException refusal(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof IllegalArgumentException refused) {
        return refused;
      }
      for (Throwable suppressed : at.getSuppressed()) {
        IllegalArgumentException inside = refusal(suppressed);
        if (inside != null) {
          return inside;
        }
      }
    }
    return null;
  }

  private static Work prepared(Side side, Case what, Effort effort) {
    Work work = side.work(what);
    float[] digest = what.digest(work.result());
    String numbers = Arrays.toString(digest).replaceAll("[\\[\\],]", "");
    print(RESULT, what.toString(), numbers + TAB + work.note());
    new WarmUp().run(effort.calm(side, what), effort.longest(side, what), new Rounds(work));
    side.started();
    return work;
  }

  /** In bytes; 0 where the system does not tell. */
  private static long peakMemory() throws java.io.IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElse(0);
  }

  private static void print(String kind, String what, String text) {
    System.out.println(MARK + kind + TAB + what + TAB + text.replace('\n', ' '));
  }
}
