package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;

/** Row 26: the gradient of a batch is the mean of its samples' gradients. */
final class GradientSums extends Example {
  GradientSums() {
    super(26, "gradient-sums", "gradients of batches and of shared parameters are sums");
  }

  @Override
  protected void run(Output out) {
    Generator random = new Generator(26);
    int n = 12;
    Tensor x = random.normal(Shape.of(n, 3), 0, 1);
    Tensor y = random.normal(Shape.of(n, 2), 0, 1);
    Tensor w = random.normal(Shape.of(2, 3), 0, 1).requireGrad();
    Tensor whole = gradients(x.linear(w, null).tanh().mse(y), w)[0];

    for (int i = 0; i < n; i++) { // backward adds to what the parameter has
      sample(x, w, y, i, i + 1).backward();
    }
    Tensor collected = Objects.requireNonNull(w.grad());
    out.check("mean over samples", whole, collected.div(n), 1e-6);

    Tensor batches = Tensor.zeros(2, 3);
    for (int i = 0; i < n; i += 4) {
      batches = batches.add(gradients(sample(x, w, y, i, i + 4), w)[0]);
    }
    out.check("mean over three batches of four", whole, batches.div(3), 1e-6);

    // One matrix in two places: as if there were two, and their gradients added.
    Tensor a = random.normal(Shape.of(3, 3), 0, 1).requireGrad();
    Tensor b = a.detach().add(0).requireGrad();
    Tensor shared = gradients(x.matmul(a).relu().matmul(a).sum(), a)[0];
    Tensor[] two = gradients(x.matmul(a).relu().matmul(b).sum(), a, b);
    out.check("a shared matrix", two[0].add(two[1]), shared, 1e-4);
  }

  private static Tensor sample(Tensor x, Tensor w, Tensor y, int from, int to) {
    return x.slice(0, from, to).linear(w, null).tanh().mse(y.slice(0, from, to));
  }
}
