package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.model.Model;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** {@code --data}, for the commands that need a data set. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "A folder with the IDX files of MNIST or of a set like it, or with the binary files of"
              + " CIFAR-10, or "
              + Dataset.SYNTHETIC_DIGITS
              + " for digits drawn by code.")
  private String data = "";

  /** Opens the data and checks that they are of the kind that the model takes. */
  Dataset open(Model model, long seed) {
    Dataset dataset = BadInputException.checking(() -> Dataset.open(data, seed));
    if (!dataset.train().shape().equals(model.input())
        || dataset.train().classes() > model.classes()) {
      throw new BadInputException(
          "The model "
              + model.name()
              + " takes samples "
              + model.input()
              + " of up to "
              + model.classes()
              + " classes, but "
              + dataset.name()
              + " has samples "
              + dataset.train().shape()
              + " of "
              + dataset.train().classes()
              + ".");
    }
    return dataset;
  }
}
