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

/** Row 11: the spiral again, with 100 hidden units. */
final class SpiralHidden extends Example {
  private static final int H = 100;

  /** The lecture's losses at steps 2000, 3000, ... 10000, for its own random points. */
  private static final double[] LECTURE = {
    0.2635, 0.2561, 0.2541, 0.2526, 0.2520, 0.2516, 0.2513, 0.2511, 0.2510
  };

  SpiralHidden() {
    super(11, "spiral-hidden", "100 ReLU units follow the arms of the spiral");
  }

  @Override
  protected void run(Output out) throws IOException {
    Generator random = new Generator(1);
    Spiral spiral = new Spiral(random);
    Tensor w1 = random.normal(Shape.of(2, H), 0, 0.01f).requireGrad();
    Tensor b1 = Tensor.zeros(1, H).requireGrad();
    Tensor w2 = random.normal(Shape.of(H, Spiral.K), 0, 0.01f).requireGrad();
    Tensor b2 = Tensor.zeros(1, Spiral.K).requireGrad();
    UnaryOperator<Tensor> hidden = x -> x.matmul(w1).add(b1).relu();
    UnaryOperator<Tensor> model = x -> hidden.apply(x).matmul(w2).add(b2);
    List<Tensor> weights = List.of(w1, w2);

    Tensor[] tape = gradients(spiral.loss(model.apply(spiral.x), weights), w1, b1, w2, b2);
    try (Tape.Pause _ = Tape.noGrad()) {
      Tensor h = hidden.apply(spiral.x);
      Tensor dscores = spiral.scoresGradient(model.apply(spiral.x));
      Tensor dw2 = h.t().matmul(dscores).add(Spiral.penaltyGradient(w2));
      Tensor dhidden = dscores.matmul(w2.t()).mul(h.gt(0).to(h.dtype()));
      Tensor dw1 = spiral.x.t().matmul(dhidden).add(Spiral.penaltyGradient(w1));
      out.check("dW2 by hand", dw2, tape[2], 1e-6);
      out.check("db2 by hand", dscores.sumKeep(0), tape[3], 1e-6);
      out.check("dW by hand", dw1, tape[0], 1e-6);
      out.check("db by hand", dhidden.sumKeep(0), tape[1], 1e-6);
    }

    Map<String, Tensor> parameters = Map.of("W", w1, "b", b1, "W2", w2, "b2", b2);
    double[] losses = spiral.descend(model, weights, parameters, 10_000);
    // Here it still falls, sooner or later as the points lie: not compared.
    out.say("  loss at step 1000: lecture 0.4045, here %.4f", losses[1000]);
    for (int i = 0; i < LECTURE.length; i++) {
      int step = 1000 * (i + 2);
      out.check("loss at step " + step, LECTURE[i], losses[step], 0.03);
    }
    double accuracy = spiral.accuracy(model);
    out.check("accuracy", 0.985, accuracy, 0.015);
    spiral.draw("100 hidden ReLU units", model, out.picture("regions.png"));
  }
}
