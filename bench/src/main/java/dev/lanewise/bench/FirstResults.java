package dev.lanewise.bench;

import java.util.Locale;

/**
 * What one side computes, for the check before the timing: the losses of the first three steps, or
 * some elements of a product. Prints a line that describes the side, then a line for each case.
 *
 * <p>Arguments: the side, then the cases.
 */
final class FirstResults {
  /** Starts the lines that are meant for the caller, among what libraries may print. */
  static final String MARK = "> ";

  private FirstResults() {}

  public static void main(String[] arguments) {
    Side side = Side.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    System.out.println(MARK + side.describe());
    for (int i = 1; i < arguments.length; i++) {
      StringBuilder line = new StringBuilder(MARK + arguments[i]);
      for (float value : results(side, Case.parse(arguments[i]))) {
        line.append(' ').append(value);
      }
      System.out.println(line);
    }
    System.out.flush();
    // Neither side's worker threads are to hold the process.
    System.exit(0);
  }

  private static float[] results(Side side, Case what) {
    return switch (what) {
      case Case.TrainStep(Network network, int batch) -> {
        Training training = side.training(Workload.of(network, batch));
        training.reset();
        yield new float[] {training.step(), training.step(), training.step()};
      }
      case Case.Gemm gemm -> {
        Product product = side.product(gemm);
        product.multiply();
        float[] all = product.result();
        float[] some = new float[8];
        for (int i = 0; i < some.length; i++) {
          // From the first element to the last, in other rows and columns each time.
          some[i] = all[(int) ((all.length - 1L) * i / (some.length - 1))];
        }
        yield some;
      }
    };
  }
}
