package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Row 18: softmax with its Jacobian, a linear layer over images, max-pooling that overlaps. */
final class CnnLayers extends Example {
  CnnLayers() {
    super(18, "cnn-layers", "softmax and its Jacobian, linear on images, overlapping max-pooling");
  }

  @Override
  protected void run(Output out) {
    Generator random = new Generator(18);
    int k = 5;
    Tensor x = random.normal(Shape.of(k), 0, 1).requireGrad();
    Tensor y = x.softmax(0);
    Tensor jacobian = Tensor.zeros(k, k);
    for (int i = 0; i < k; i++) {
      Tensor row = gradients(x.softmax(0).select(0, i), x)[0];
      jacobian = jacobian.add(unit(i, k).outer(row));
    }
    out.matrix("Jacobian", jacobian);
    out.check("it is diag(y) - y yᵀ", y.diagEmbed(0).sub(y.outer(y)), jacobian, 1e-6);
    out.checkGradient("softmax", in -> in.getFirst().softmax(0), x);

    Tensor images = random.normal(Shape.of(2, 3, 4, 4), 0, 1);
    Tensor weight = random.normal(Shape.of(5, 3 * 4 * 4), 0, 0.2f);
    Tensor bias = random.normal(Shape.of(5), 0, 1);
    out.checkGradient(
        "linear on images",
        in -> in.get(0).flatten(1, 3).linear(in.get(1), in.get(2)),
        images,
        weight,
        bias);

    // Values that a step cannot bring into another order.
    Tensor apart = Tensor.of(new float[] {3, 1, 2, 0, 7, 5, 8, 4, 6}, 1, 1, 3, 3);
    Tensor pooled = apart.maxPool2d(Window.of(2, 1));
    out.check("max-pooling by 2, stride 1", Matrices.matrix("7 7; 8 7"), Matrices.plain(pooled), 0);
    Tensor leaf = apart.detach().add(0).requireGrad();
    Tensor shares = gradients(leaf.maxPool2d(Window.of(2, 1)).sum(), leaf)[0];
    out.check(
        "the centre won three windows",
        Matrices.matrix("0 0 0; 0 3 0; 1 0 0"),
        Matrices.plain(shares),
        0);
    out.checkGradient(
        "overlapping max-pooling", in -> in.getFirst().maxPool2d(Window.of(2, 1)), apart);
  }

  private static Tensor unit(int i, int k) {
    return Tensor.ofLongs(new long[] {i}, 1).oneHot(k).to(DType.FLOAT32).reshape(k);
  }
}
