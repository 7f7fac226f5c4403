package dev.lanewise.example;

import static dev.lanewise.example.Matrices.correlate;
import static dev.lanewise.example.Matrices.gradients;
import static dev.lanewise.example.Matrices.matrix;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Row 4: both gradients of a convolution are convolutions. */
final class ConvolutionByHand extends Example {
  ConvolutionByHand() {
    super(4, "convolution-by-hand", "both gradients of a convolution are convolutions");
  }

  /** The definition: dK(p, q) sums I(i + p, j + q) dJ(i, j) over all outputs. */
  private static Tensor sums(Tensor image, Tensor dJ, int h, int w) {
    float[] i = image.toArray();
    float[] d = dJ.toArray();
    int imageWidth = image.shape().dim(1);
    int width = dJ.shape().dim(1);
    float[] dK = new float[h * w];
    for (int p = 0; p < h; p++) {
      for (int q = 0; q < w; q++) {
        for (int k = 0; k < d.length; k++) {
          dK[p * w + q] += i[(k / width + p) * imageWidth + k % width + q] * d[k];
        }
      }
    }
    return Tensor.of(dK, h, w);
  }

  @Override
  protected void run(Output out) {
    Tensor k = matrix("1 3 5; 2 4 6").requireGrad();
    Tensor flipped = k.flip(0, 1);
    out.check("flip(K)", matrix("6 4 2; 5 3 1"), flipped, 0);

    Generator random = new Generator(4);
    Tensor image = random.normal(Shape.of(5, 7), 0, 1).requireGrad();
    Tensor j = correlate(image, k);
    Tensor dJ = random.normal(j.shape(), 0, 1);
    Tensor[] tape = gradients(j.mul(dJ).sum(), k, image);

    Tensor dK = correlate(image, dJ);
    out.check("dK: the image correlated with dJ", dK, tape[0], 1e-5);
    out.check("dK: the sums of the definition", sums(image, dJ, 2, 3), tape[0], 1e-5);
    // A frame of h-1 rows and w-1 columns of zeros makes the convolution a full one.
    Tensor dI = correlate(dJ.pad(2, 2, 1, 1), flipped);
    out.check("dI: dJ in a frame, correlated with flip(K)", dI, tape[1], 1e-5);
  }
}
