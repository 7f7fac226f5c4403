package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Row 10: a linear classifier on three arms of a spiral. */
final class SpiralLinear extends Example {
  /** The lecture's losses at steps 10, 20, ... 200, for its own random points. */
  private static final double[] LECTURE = {
    0.9134, 0.8324, 0.7956, 0.7763, 0.7651, 0.7582, 0.7538, 0.7509, 0.7489, 0.7475,
    0.7465, 0.7458, 0.7453, 0.7449, 0.7447, 0.7445, 0.7443, 0.7442, 0.7441, 0.7441
  };

  SpiralLinear() {
    super(10, "spiral-linear", "a spiral of three classes, which lines cannot part");
  }

  @Override
  protected void run(Output out) throws IOException {
    Generator random = new Generator(1);
    Spiral spiral = new Spiral(random);
    Tensor w = random.normal(Shape.of(2, Spiral.K), 0, 0.01f).requireGrad();
    Tensor b = Tensor.zeros(1, Spiral.K).requireGrad();
    UnaryOperator<Tensor> model = x -> x.matmul(w).add(b);

    Tensor[] tape = gradients(spiral.loss(model.apply(spiral.x), List.of(w)), w, b);
    try (Tape.Pause _ = Tape.noGrad()) {
      Tensor dscores = spiral.scoresGradient(model.apply(spiral.x));
      Tensor dw = spiral.x.t().matmul(dscores).add(Spiral.penaltyGradient(w));
      out.check("dW by hand", dw, tape[0], 1e-6);
      out.check("db by hand", dscores.sumKeep(0), tape[1], 1e-6);
    }

    double[] losses = spiral.descend(model, List.of(w), Map.of("W", w, "b", b), 200);
    out.check("first loss: log 3, three classes alike", 1.10, losses[0], 0.01);
    for (int i = 0; i < LECTURE.length; i++) {
      int step = 10 * (i + 1);
      out.check("loss at step " + step, LECTURE[i], losses[step], 0.05);
    }
    out.say("  accuracy %.1f%%", 100 * spiral.accuracy(model));
    spiral.draw("A linear classifier: three sectors", model, out.picture("regions.png"));
  }
}
