package dev.lanewise.cli;

import dev.lanewise.model.Model;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Optimizers;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Schedules;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The optimiser of a training, and how its learning rate goes. */
final class OptimizerOptions {
  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description =
          "How the learning rate goes over the training: constant; to 0 along half a cosine"
              + " (cosine), along a line (linear) or as a square (polynomial); divided by 10 at"
              + " half and at three quarters (multistep); up and down (one-cycle).")
  private String schedule = "";

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "0",
      description = "Steps in which the learning rate first goes up along a line.")
  private int warmup;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "sgd",
      description =
          "The optimiser: sgd, adam, adamw, nadam, radam, adamax, rmsprop, adagrad, adadelta, asgd,"
              + " rprop or lion.")
  private String optimizerName = "";

  @Option(
      names = "--optimizer-option",
      paramLabel = "KEY=X",
      description =
          "An option of the optimiser, such as beta2=0.99 or nesterov=1; may be repeated.")
  private Map<String, Double> optimizerOptions = Map.of();

  @Option(
      names = "--momentum",
      paramLabel = "X",
      description = "Momentum; without it 0.9 for sgd, and the optimiser's own for others.")
  private @Nullable Float momentum;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "Weight decay; without it the optimiser's own, 0 for most, 0.01 for adamw.")
  private @Nullable Float weightDecay;

  /**
   * The optimiser of a model's parameters.
   *
   * @throws BadInputException when an option has no meaning
   */
  Optimizer optimizer(Model model, float rate) {
    return BadInputException.checking(() ->
        Optimizers.create(
            optimizerName,
            List.of(new ParameterGroup(model.network().parameters(), optimizerOptions(rate)))));
  }

  /**
   * The schedule of the whole training.
   *
   * @throws BadInputException when there is none of this name
   */
  Schedule schedule() {
    Schedule named = BadInputException.checking(() -> Schedules.named(schedule));
    return warmup > 0 ? named.after(warmup) : named;
  }

  /** Whether the learning rate depends on the number of steps. */
  boolean changeTheRate() {
    return !schedule.equalsIgnoreCase("constant") || warmup > 0;
  }

  /** Adds what the bits of a training depend on. */
  void describe(Map<String, String> options) {
    options.put("--schedule", schedule.toUpperCase(Locale.ROOT));
    options.put("--momentum", Double.toString(momentum()));
    options.put("--weight-decay", Float.toString(weightDecay == null ? 0 : weightDecay));
    // Only what is not as it was before there were these options: old checkpoints do not say it.
    if (!optimizerName.equals("sgd")) {
      options.put("--optimizer", optimizerName);
    }
    if (!optimizerOptions.isEmpty()) {
      options.put("--optimizer-option", new TreeMap<>(optimizerOptions).toString());
    }
    if (warmup > 0) {
      options.put("--warmup", Integer.toString(warmup));
    }
  }

  /** What was said, or 0.9 for plain SGD; 0 where it is left to the optimiser. */
  private double momentum() {
    return momentum != null ? momentum : optimizerName.equalsIgnoreCase("sgd") ? 0.9f : 0;
  }

  private Options optimizerOptions(float rate) {
    Options options = Options.of("lr", rate);
    if (momentum != null || momentum() != 0) {
      options = options.with("momentum", momentum());
    }
    if (weightDecay != null) {
      options = options.with("weightDecay", weightDecay);
    }
    for (Map.Entry<String, Double> option : optimizerOptions.entrySet()) {
      options = options.with(option.getKey(), option.getValue());
    }
    return options;
  }
}
