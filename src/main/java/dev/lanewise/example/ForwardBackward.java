package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Tensor;

/** Row 13: each intermediate of J = cos(sin(x²) + 3x²), forward and backward. */
final class ForwardBackward extends Example {
  ForwardBackward() {
    super(13, "forward-backward", "J = cos(sin(x²) + 3x²), each intermediate and its derivative");
  }

  @Override
  protected void run(Output out) {
    double at = 0.7;
    Tensor x = Tensor.scalar((float) at).requireGrad();
    Tensor t = x.square();
    Tensor u1 = t.sin();
    Tensor u2 = t.mul(3);
    Tensor u = u1.add(u2);
    Tensor j = u.cos();
    Tensor[] tape = gradients(j, u, u1, u2, t, x);

    double tt = at * at;
    double uu = Math.sin(tt) + 3 * tt;
    out.check("J", Math.cos(uu), j.item(), 1e-6);
    double du = -Math.sin(uu);
    double du1 = du * 1;
    double du2 = du * 1;
    double dt = du1 * Math.cos(tt) + du2 * 3; // t is used twice: += in the lecture
    double dx = dt * 2 * at;
    out.check("dJ/du", du, tape[0].item(), 1e-6);
    out.check("dJ/du1", du1, tape[1].item(), 1e-6);
    out.check("dJ/du2", du2, tape[2].item(), 1e-6);
    out.check("dJ/dt", dt, tape[3].item(), 5e-6);
    out.check("dJ/dx", dx, tape[4].item(), 5e-6);
  }
}
