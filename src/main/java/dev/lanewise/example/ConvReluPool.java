package dev.lanewise.example;

import static dev.lanewise.example.Matrices.correlate;
import static dev.lanewise.example.Matrices.gradients;
import static dev.lanewise.example.Matrices.image;
import static dev.lanewise.example.Matrices.matrix;
import static dev.lanewise.example.Matrices.plain;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;

/** Row 7: convolution, ReLU, pooling and a loss, trained. */
final class ConvReluPool extends Example {
  ConvReluPool() {
    super(
        7, "conv-relu-pool", "convolution, ReLU, max-pooling, loss, and the update of the kernel");
  }

  @Override
  protected void run(Output out) {
    Tensor image = matrix("1 3 2 4 6 4; 4 8 3 1 0 2; 2 1 4 3 9 1; 4 7 2 3 9 2");
    Tensor edges = matrix("-1 0 1; -1 0 1; -1 0 1");
    Tensor j = correlate(image, edges);
    Tensor z = j.relu();
    Tensor p = plain(image(z).maxPool2d(2));
    out.matrix("J", j);
    out.check("J", matrix("2 -4 6 -1; -1 -9 9 -2"), j, 0);
    out.check("ReLU(J)", matrix("2 0 6 0; 0 0 9 0"), z, 0);
    out.check("p", matrix("2 9"), p, 0);

    // L = ½‖p - q‖²: only the two patches that won the pooling teach the kernel.
    Tensor q = matrix("3 8");
    Tensor first = image.slice(0, 0, 3).slice(1, 0, 3).contiguous();
    Tensor second = image.slice(0, 1, 4).slice(1, 2, 5).contiguous();
    Tensor k = edges.requireGrad();
    Tensor expected = first.mul(2 - 3).add(second.mul(9 - 8));
    out.check("dK of the first step", expected, gradients(loss(image, k, q), k)[0], 1e-5);

    float rate = 0.002f;
    for (int step = 0; step <= 200; step++) {
      try (Scope _ = Scope.open()) {
        Tensor loss = loss(image, k, q);
        if (step % 40 == 0) {
          out.say("  loss after %3d steps: %.7f", step, loss.item());
        }
        k.copyFrom(k.detach().sub(gradients(loss, k)[0].mul(rate)).toArray());
      }
    }
    out.check("loss at the end", 0, loss(image, k, q).item(), 1e-6);
  }

  private static Tensor loss(Tensor image, Tensor k, Tensor q) {
    Tensor p = plain(image(correlate(image, k).relu()).maxPool2d(2));
    return p.sub(q).square().sum().mul(0.5f);
  }
}
