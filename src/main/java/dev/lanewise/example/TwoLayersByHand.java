package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;

/** Row 3: every line of the backward pass of a two-layer network, beside the tape's. */
final class TwoLayersByHand extends Example {
  TwoLayersByHand() {
    super(3, "two-layers-by-hand", "the backward pass of a two-layer network, line by line");
  }

  @Override
  protected void run(Output out) {
    Generator random = new Generator(3);
    Tensor x = random.normal(Shape.of(4, 3), 0, 1);
    Tensor y = random.normal(Shape.of(4, 2), 0, 1);
    Tensor w1 = random.normal(Shape.of(3, 5), 0, 0.5f).requireGrad();
    Tensor b1 = random.normal(Shape.of(5), 0, 0.5f).requireGrad();
    Tensor w2 = random.normal(Shape.of(5, 2), 0, 0.5f).requireGrad();
    Tensor b2 = random.normal(Shape.of(2), 0, 0.5f).requireGrad();

    Tensor z1 = x.matmul(w1);
    Tensor z2 = z1.add(b1);
    Tensor z3 = z2.sigmoid();
    Tensor z4 = z3.matmul(w2);
    Tensor yp = z4.add(b2);
    Tensor loss = yp.sub(y).square().sum().mul(0.5f);
    Tensor[] tape = gradients(loss, yp, z4, w2, b2, z3, z2, b1, z1, w1);

    try (Tape.Pause _ = Tape.noGrad()) {
      Tensor dyp = yp.sub(y);
      Tensor dz4 = dyp;
      Tensor dw2 = z3.t().matmul(dz4);
      Tensor db2 = dz4.sum(0); // over the batch
      Tensor dz3 = dz4.matmul(w2.t());
      Tensor dz2 = dz3.mul(z3).mul(z3.neg().add(1)); // σ' = σ(1 - σ)
      Tensor db1 = dz2.sum(0);
      Tensor dz1 = dz2;
      Tensor dw1 = x.t().matmul(dz1);
      Tensor[] hand = {dyp, dz4, dw2, db2, dz3, dz2, db1, dz1, dw1};
      String[] names = {"Yp", "Z4", "W2", "b2", "Z3", "Z2", "b1", "Z1", "W1"};
      for (int i = 0; i < hand.length; i++) {
        out.check("dL/d" + names[i], hand[i], tape[i], 1e-6);
      }
    }
  }
}
