package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;
import static dev.lanewise.example.Matrices.image;
import static dev.lanewise.example.Matrices.matrix;
import static dev.lanewise.example.Matrices.plain;

import dev.lanewise.tensor.Tensor;

/** Row 5: max-pooling, and the way of the gradient back to the largest. */
final class MaxPooling extends Example {
  MaxPooling() {
    super(5, "max-pooling", "the largest of each 2x2 block, and the gradient's way back to it");
  }

  @Override
  protected void run(Output out) {
    // The document prints the third row as 6 5, which contradicts its own result; 0 -5 fits it.
    Tensor x = matrix("2 -3 6 -7; 4 5 0 -1; 0 -5 3 -4; -2 -6 6 8").requireGrad();
    Tensor y = plain(image(x).maxPool2d(2));
    out.matrix("x", x);
    out.matrix("y", y);
    out.check("y", matrix("5 6; 0 8"), y, 0);

    Tensor dy = matrix("10 20; 30 40"); // four numbers that can be told apart
    Tensor dx = gradients(y.mul(dy).sum(), x)[0];
    out.matrix("dx", dx);
    out.check("dx", matrix("0 0 20 0; 0 10 0 0; 30 0 0 0; 0 0 0 40"), dx, 0);

    Tensor equal = matrix("1 1; 1 1").requireGrad();
    Tensor first = gradients(image(equal).maxPool2d(2).sum(), equal)[0];
    out.check("of equals, the first in the order of rows", matrix("1 0; 0 0"), first, 0);
  }
}
