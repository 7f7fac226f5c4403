package dev.lanewise.cli;

import dev.lanewise.train.EpochResult;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.TrainingDivergedException;
import dev.lanewise.train.TrainingListener;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Trainings that differ in the learning rate alone, side by side. The test samples have no part in
 * it: what was chosen by them could not be judged by them any more.
 */
final class RateSweep {
  /** What became of one learning rate; of a training that diverged there is the step alone. */
  private record Run(float rate, @Nullable EpochResult last, long diverged) {
    /** Nothing where the network is of no use. */
    Optional<Evaluation> validation() {
      return Optional.ofNullable(last)
          .map(EpochResult::validation)
          .filter(validation -> Double.isFinite(validation.loss()));
    }
  }

  private final PrintWriter console;
  private final List<Run> runs = new ArrayList<>();

  RateSweep(PrintWriter console) {
    this.console = console;
  }

  /** Trains with one rate; that it diverges is a result as good as another. */
  void run(float rate, Trainer trainer, Consumer<Trainer> fit) {
    console.println("learning rate " + rate);
    console.flush();
    List<EpochResult> results = new ArrayList<>();
    TrainingListener last =
        new TrainingListener() {
          @Override
          public void onEpoch(EpochResult epoch) {
            results.add(epoch);
          }
        };
    try {
      fit.accept(trainer.listen(last));
      runs.add(new Run(rate, results.getLast(), 0));
    } catch (TrainingDivergedException diverged) {
      runs.add(new Run(rate, null, diverged.step()));
    }
  }

  /**
   * Prints the table and names the rate of the highest validation accuracy; of several, that of the
   * lowest validation loss.
   *
   * @throws BadInputException when none is of use
   */
  void report() {
    console.printf(
        "%-15s %12s %17s %21s%n",
        "learning rate", "train loss", "validation loss", "validation accuracy");
    for (Run run : runs) {
      EpochResult last = run.last;
      if (last == null) {
        console.printf("%-15s diverged at step %d%n", run.rate, run.diverged);
      } else {
        console.printf(
            Locale.ROOT,
            "%-15s %12.4f %17.4f %20.2f%%%n",
            run.rate,
            last.trainLoss(),
            last.validation().loss(),
            100 * last.validation().accuracy());
      }
    }
    console.flush();
    Run best =
        runs.stream()
            .filter(run -> run.validation().isPresent())
            .max(Comparator.comparing(run -> run.validation().orElseThrow(), RateSweep::compare))
            .orElseThrow(() ->
                new BadInputException(
                    runs.stream()
                        .map(run -> Float.toString(run.rate))
                        .collect(
                            Collectors.joining(
                                ", ",
                                "The training diverges with each of the learning rates ",
                                "; try smaller ones."))));
    boolean largest = runs.stream().allMatch(run -> run.rate <= best.rate);
    boolean smallest = runs.stream().allMatch(run -> run.rate >= best.rate);
    console.printf(
        "The best learning rate is %s%s.%n",
        best.rate,
        largest
            ? ", the largest of all: try larger ones too"
            : smallest ? ", the smallest of all: try smaller ones too" : "");
    console.flush();
  }

  private static int compare(Evaluation a, Evaluation b) {
    int byAccuracy = Double.compare(a.accuracy(), b.accuracy());
    return byAccuracy != 0 ? byAccuracy : Double.compare(b.loss(), a.loss());
  }
}
