package dev.lanewise.cli;

import dev.lanewise.blas.Blas;
import dev.lanewise.blas.BlasChoice;
import dev.lanewise.kernel.product.BlasRule;
import dev.lanewise.kernel.team.MachineLimits;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.memory.Pool;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lanewise doctor}: what this machine offers, what was chosen, and what is wrong. */
@Command(
    name = "doctor",
    description = "Shows what this machine offers, measures its limits, and says what is wrong.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Runnable {
  /** Threads that get in each other's way reach less than this share of their sum. */
  private static final double GOOD_SCALING = 0.6;

  private static final double GIGA = 1e9;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  private final List<String> problems = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  DoctorCommand() {}

  @Override
  public void run() {
    engine.apply();
    PrintWriter out = spec.commandLine().getOut();
    line(out, "Lanewise", Version.number());
    line(out, "Java", java());
    line(out, "System", system());
    line(out, "Vectors", vectors());
    line(out, "Caches", caches());
    line(out, "Threads", threads());
    line(out, "BLAS", blas());
    BlasChoice.get().report().forEach(tried -> line(out, "", tried));
    line(out, "Huge pages", hugePages());
    line(out, "Memory", memory());
    MachineLimits limits = MachineLimits.measure();
    line(out, "Peak", peak(limits));
    line(
        out,
        "Bandwidth",
        String.format(
            Locale.ROOT,
            "%.1f GB/s of memory read, %.1f copied, %.1f in a triad",
            limits.bandwidth(),
            limits.copy(),
            limits.triad()));
    line(out, "Handover", handover(limits));
    out.println();
    if (problems.isEmpty()) {
      out.println("Nothing is wrong.");
    } else {
      out.println(problems.size() == 1 ? "One thing is wrong:" : "These are wrong:");
      problems.forEach(problem -> out.println("  - " + problem));
    }
    out.flush();
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-12s %s%n", name, value);
    out.flush();
  }

  private String java() {
    String mode = System.getProperty("java.vm.info", "");
    if (mode.startsWith("interpreted")) {
      problems.add(
          "The JVM only interprets (-Xint), which is thousands of times slower; drop that flag.");
    }
    return Runtime.version()
        + ", "
        + System.getProperty("java.vm.name")
        + " ("
        + mode
        + "), "
        + System.getProperty("java.vendor");
  }

  private static String system() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", "
        + processors()
        + (processors() == 1 ? " processor" : " processors");
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private String vectors() {
    if (System.getProperty(Lanes.SETTING) != null) {
      problems.add(
          "-D" + Lanes.SETTING + " is set, which is for tests; drop it to use the widest vectors.");
    } else if (Lanes.L == 4 && system().contains("64,") && !system().contains("aarch64")) {
      problems.add(
          "Vectors have 4 floats only; this processor lacks AVX2, or a flag such as -XX:UseAVX or"
              + " -XX:MaxVectorSize hides it from the JVM.");
    }
    return Lanes.reason();
  }

  private String caches() {
    if (System.getProperty(Caches.SETTING) != null) {
      problems.add(
          "-D" + Caches.SETTING + " is set, which is for tests; drop it to fit this processor's.");
    }
    return Caches.reason();
  }

  private String threads() {
    int threads = Team.global().threads();
    int processors = processors();
    if (threads > processors) {
      problems.add(
          threads
              + " threads share "
              + processors
              + " processors and will wait for each other; set --threads or LANEWISE_THREADS to "
              + processors
              + ".");
    }
    return threads + (threads == processors ? " (one for each processor)" : " (as set)");
  }

  private String blas() {
    problems.addAll(BlasChoice.get().warnings());
    Blas chosen = BlasRule.chosen();
    return chosen.name() + ", " + chosen.core();
  }

  private String hugePages() {
    String mode = Pool.hugePages();
    if (mode.equals("never")) {
      problems.add(
          "The system gives no huge pages, which makes large tensors slower; as root: echo madvise"
              + " > /sys/kernel/mm/transparent_hugepage/enabled.");
    }
    return mode;
  }

  private static String memory() {
    long limit = Pool.global().limitBytes();
    return limit == Long.MAX_VALUE
        ? "no limit for tensors"
        : String.format(
            Locale.ROOT,
            "at most %.1f GB for tensors (-Dlanewise.memory.limit), heap at most %.1f GB",
            limit / GIGA,
            Runtime.getRuntime().maxMemory() / GIGA);
  }

  private static String handover(MachineLimits limits) {
    return limits.handover() == 0
        ? "nothing is handed over: one thread"
        : String.format(
            Locale.ROOT,
            "%.0f ns for a cache line to the other processor and back",
            limits.handover());
  }

  private String peak(MachineLimits limits) {
    int threads = Team.global().threads();
    if (threads <= processors() && limits.fma() < GOOD_SCALING * threads * limits.fmaOneThread()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "%d threads together are only %.1f times as fast as one: other programs keep the"
                  + " processors busy, a container limits them, or two threads share a core.",
              threads,
              limits.fma() / limits.fmaOneThread()));
    }
    return String.format(
        Locale.ROOT,
        "%.0f GFLOP/s of multiply-adds on one thread, %.0f on %d",
        limits.fmaOneThread(),
        limits.fma(),
        threads);
  }
}
