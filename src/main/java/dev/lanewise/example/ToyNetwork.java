package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Tensor;

/** Row 23: f = b3 + w3 cos(b2 + w2 exp(b1 + w1 sin(b0 + w0 x))) and least squares. */
final class ToyNetwork extends Example {
  ToyNetwork() {
    super(23, "toy-network", "sin, exp and cos in a chain: all eight partial derivatives");
  }

  @Override
  protected void run(Output out) {
    double[] b = {0.3, -0.4, 0.5, 0.2};
    double[] w = {0.9, 0.6, -0.8, 1.4};
    double at = 1.1;
    double target = 0.25;
    Tensor[] p = new Tensor[8]; // b0 .. b3, w0 .. w3
    for (int i = 0; i < 4; i++) {
      p[i] = Tensor.scalar((float) b[i]).requireGrad();
      p[4 + i] = Tensor.scalar((float) w[i]).requireGrad();
    }
    Tensor h1 = p[0].add(p[4].mul((float) at)).sin();
    Tensor h2 = p[1].add(p[5].mul(h1)).exp();
    Tensor h3 = p[2].add(p[6].mul(h2)).cos();
    Tensor f = p[3].add(p[7].mul(h3));
    Tensor[] tape = gradients(f.sub((float) target).square(), p);

    // The closed form, from the outside to the inside.
    double f0 = b[0] + w[0] * at;
    double s = Math.sin(f0);
    double e = Math.exp(b[1] + w[1] * s);
    double f2 = b[2] + w[2] * e;
    double f3 = b[3] + w[3] * Math.cos(f2);
    double d3 = 2 * (f3 - target);
    double d2 = -d3 * w[3] * Math.sin(f2);
    double d1 = d2 * w[2] * e;
    double d0 = d1 * w[1] * Math.cos(f0);
    double[] derivative = {d0, d1, d2, d3, d0 * at, d1 * s, d2 * e, d3 * Math.cos(f2)};
    for (int i = 0; i < 8; i++) {
      out.check(
          "partial by " + (i < 4 ? "b" + i : "w" + (i - 4)), derivative[i], tape[i].item(), 5e-6);
    }
  }
}
