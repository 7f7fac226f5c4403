package dev.lanewise.cli;

import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.tensor.Generator;
import picocli.CommandLine.Option;

/** A model and the samples of its input, for commands that look at one without training it. */
final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "lenet5",
      description = "The model.")
  private String model = "";

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Samples of the input.")
  private int batch;

  /** The model with parameters drawn from {@code random}. */
  Model create(Generator random) {
    if (batch < 1) {
      throw new BadInputException("--batch is " + batch + "; expected a whole number from 1.");
    }
    return BadInputException.checking(() -> Models.create(model, random));
  }

  int batch() {
    return batch;
  }
}
