package dev.lanewise.cli;

import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.model.Model;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.TrainedModel;
import dev.lanewise.train.Trainer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise eval}: a checkpoint on a test set. */
@Command(
    name = "eval",
    description = "Computes the loss and the accuracy of a trained model on a test set.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class EvalCommand implements Callable<Integer> {
  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      required = true,
      showDefaultValue = Help.Visibility.NEVER,
      description = "A checkpoint that train has written.")
  private Path checkpoint = Path.of("");

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of synthetic data.")
  private long seed;

  @Mixin private final EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  EvalCommand() {}

  @Override
  public Integer call() {
    engine.apply();
    TrainedModel trained = TrainedModel.load(checkpoint);
    Model model = trained.model();
    Dataset dataset = data.open(model, seed);
    try (BatchLoader test =
        BatchLoader.inOrder(
            dataset.test().normalized(trained.normalization()), TrainCommand.EVALUATION_BATCH)) {
      Evaluation result = Trainer.evaluate(model.network(), test);
      PrintWriter console = spec.commandLine().getOut();
      console.printf(
          Locale.ROOT,
          "%s on %s: %,d samples, test loss %.4f, test accuracy %.2f%%%n",
          model.name(),
          dataset.name(),
          result.samples(),
          result.loss(),
          100 * result.accuracy());
      console.flush();
    }
    return 0;
  }
}
