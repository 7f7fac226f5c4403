package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Row 15: centred differences, and the step that is neither too large nor too small. */
final class FiniteDifferences extends Example {
  private static final float AT = 0.7f;

  FiniteDifferences() {
    super(15, "finite-differences", "centred differences: their error against the step");
  }

  private static Tensor function(Tensor x) {
    Tensor t = x.square();
    return t.sin().add(t.mul(3)).cos();
  }

  private static double function(double x) {
    return Math.cos(Math.sin(x * x) + 3 * x * x);
  }

  @Override
  protected void run(Output out) throws IOException {
    Tensor x = Tensor.scalar(AT).requireGrad();
    double t = (double) AT * AT;
    double exact = -Math.sin(Math.sin(t) + 3 * t) * (Math.cos(t) + 3) * 2 * AT;
    double tape = gradients(function(x), x)[0].item();
    out.check("derivative by the tape", exact, tape, 1e-5);

    double[] steps =
        IntStream.rangeClosed(-28, -1).mapToDouble(i -> Math.pow(10, i / 4.0)).toArray();
    double[] narrow = new double[steps.length];
    double[] wide = new double[steps.length];
    for (int i = 0; i < steps.length; i++) {
      float up = AT + (float) steps[i];
      float down = AT - (float) steps[i];
      double rise = function(Tensor.scalar(up)).item() - function(Tensor.scalar(down)).item();
      double slope = rise / (2 * steps[i]);
      narrow[i] = error(slope, exact);
      wide[i] = error((function(AT + steps[i]) - function(AT - steps[i])) / (2 * steps[i]), exact);
    }
    int best =
        IntStream.range(0, steps.length)
            .boxed()
            .min((a, b) -> Double.compare(narrow[a], narrow[b]))
            .orElseThrow();
    out.say("  best step in float32: %.2g, error %.2g", steps[best], narrow[best]);
    out.check("the best step lies between 1e-4 and 1e-1", steps[best] > 1e-4 && steps[best] < 1e-1);
    out.check("a step of 1e-7 is 100 times worse: rounding", narrow[0] > 100 * narrow[best]);
    out.check(
        "the largest step is 100 times worse: truncation",
        narrow[steps.length - 1] > 100 * narrow[best]);
    out.check(
        "float64 errs less at its best", Arrays.stream(wide).min().orElseThrow() < narrow[best]);

    new Picture("Centred differences", "step", "error of the derivative")
        .logX()
        .logY()
        .line("float32", steps, narrow)
        .line("float64", steps, wide)
        .write(out.picture("error.png"));
  }

  /** Never 0, for the logarithmic axis. */
  private static double error(double found, double exact) {
    return Math.max(Math.abs(found - exact), 1e-13);
  }
}
