package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Activations and losses as layers: the values that PyTorch documents or that follow by hand. */
class LossAndActivationTest {
  private static final float[] X = {-4, -1, -0.25f, 0, 0.5f, 3.5f};

  private static void assertValues(Layer layer, double... expected) {
    float[] found = layer.forward(Tensor.of(X, X.length)).toArray();
    for (int i = 0; i < X.length; i++) {
      assertEquals(expected[i], found[i], 1e-4, layer + " of " + X[i]);
    }
  }

  @Test
  void activations() {
    assertValues(new ReLU6(), 0, 0, 0, 0, 0.5, 3.5);
    assertValues(new LeakyReLU(), -0.04, -0.01, -0.0025, 0, 0.5, 3.5);
    assertValues(new ELU(), -0.98168, -0.63212, -0.22120, 0, 0.5, 3.5);
    assertValues(new CELU(2), -1.72933, -0.78694, -0.23501, 0, 0.5, 3.5);
    assertValues(new SELU(), -1.72590, -1.11133, -0.38889, 0, 0.52535, 3.67745);
    assertValues(new GELU(), -0.00013, -0.15866, -0.10032, 0, 0.34573, 3.49919);
    assertValues(new GELU(true), -0.00007, -0.15881, -0.10033, 0, 0.34571, 3.49938);
    assertValues(new SiLU(), -0.07194, -0.26894, -0.10946, 0, 0.31123, 3.39741);
    assertValues(new Mish(), -0.07259, -0.30340, -0.12993, 0, 0.37525, 3.49399);
    assertValues(new Softplus(), 0.01815, 0.31326, 0.57593, 0.69315, 0.97408, 3.52975);
    assertValues(new Softsign(), -0.8, -0.5, -0.2, 0, 1 / 3.0, 7 / 9.0);
    assertValues(new Hardtanh(), -1, -1, -0.25, 0, 0.5, 1);
    assertValues(new Hardsigmoid(), 0, 1 / 3.0, 0.45833, 0.5, 0.58333, 1);
    assertValues(new Hardswish(), 0, -1 / 3.0, -0.11458, 0, 0.29167, 3.5);
    assertValues(new Softshrink(), -3.5, -0.5, 0, 0, 0, 3);
    assertValues(new Hardshrink(), -4, -1, 0, 0, 0, 3.5);
    assertValues(new Tanhshrink(), -3.00067, -0.23841, -0.00508, 0, 0.03788, 2.50182);
    assertValues(new Threshold(0.1f, 7), 7, 7, 7, 7, 0.5, 3.5);
    assertValues(new LogSigmoid(), -4.01815, -1.31326, -0.82593, -0.69315, -0.47408, -0.02975);
    assertValues(new PReLU(), -1, -0.25, -0.0625, 0, 0.5, 3.5);
    assertEquals("Softplus(beta=1.0, threshold=20.0)", new Softplus().toString());
    assertEquals(Set.of("weight"), new PReLU().parameters().keySet());
  }

  @Test
  void activationsAlongADimension() {
    Tensor x = Tensor.of(new float[] {1, 2, 0, 0}, 2, 2);
    assertArrayEquals(
        new float[] {0.26894f, 0.73106f, 0.5f, 0.5f}, new Softmax(1).forward(x).toArray(), 1e-4f);
    assertArrayEquals(
        new float[] {0.73106f, 0.26894f, 0.5f, 0.5f}, new Softmin(1).forward(x).toArray(), 1e-4f);
    assertArrayEquals(
        new float[] {-1.31326f, -0.31326f, -0.69315f, -0.69315f},
        new LogSoftmax(1).forward(x).toArray(),
        1e-4f);
    assertArrayEquals(new float[] {0.88080f, 0}, new GLU().forward(x).toArray(), 1e-4f);
  }

  @Test
  void losses() {
    Tensor x = Tensor.of(new float[] {0.25f, 0.5f, 0.75f, 0.9f}, 2, 2);
    Tensor t = Tensor.of(new float[] {0, 1, 1, 0}, 2, 2);
    Tensor signs = Tensor.of(new float[] {-1, 1, 1, -1}, 2, 2);
    Tensor labels = Tensor.ofLongs(new long[] {1, 0}, 2);
    Map<Loss, Double> onElements = new LinkedHashMap<>();
    onElements.put(new Loss.MSELoss(), (0.0625 + 0.25 + 0.0625 + 0.81) / 4);
    onElements.put(new Loss.L1Loss(Reduction.SUM), 1.9);
    onElements.put(new Loss.SmoothL1Loss(0.5f, Reduction.SUM), 0.0625 + 0.25 + 0.0625 + 0.9 - 0.25);
    onElements.put(
        new Loss.HuberLoss(0.5f, Reduction.SUM), (0.0625 + 0.25 + 0.0625 + 0.9 - 0.25) / 2);
    onElements.put(
        new Loss.BCELoss(), -(Math.log(0.75) + Math.log(0.5) + Math.log(0.75) + Math.log(0.1)) / 4);
    onElements.put(new Loss.BCEWithLogitsLoss(), (0.82594 + 0.47408 + 0.38687 + 1.24115) / 4);
    onElements.put(new Loss.KLDivLoss(), -(0.5 + 0.75) / 4);
    onElements.forEach(
        (loss, value) -> assertEquals(value, loss.forward(x, t).item(), 1e-4, loss.toString()));
    assertEquals(
        (0.75 + 0.5 + 0.75 + 0.1) / 4,
        new Loss.HingeEmbeddingLoss().forward(x, signs).item(),
        1e-5);
    assertEquals(
        (0.82594 + 0.47408 + 0.38687 + 1.24115) / 4,
        new Loss.SoftMarginLoss().forward(x, signs).item(),
        1e-4);
    assertEquals(-(0.5 + 0.75) / 2, new Loss.NLLLoss().forward(x, labels).item(), 1e-6);
    assertEquals(
        (0.57594 + 0.77096) / 2, new Loss.CrossEntropyLoss().forward(x, labels).item(), 1e-4);
    Tensor oneHot = Tensor.of(new float[] {0, 1, 1, 0}, 2, 2);
    assertEquals(
        new Loss.CrossEntropyLoss().forward(x, labels).item(),
        new Loss.CrossEntropyLoss().forward(x, oneHot).item(),
        1e-6);
    // max(0, 1 - 0.5 + 0.25) / 2 and max(0, 1 - 0.75 + 0.9) / 2
    assertEquals((0.375 + 0.575) / 2, new Loss.MultiMarginLoss().forward(x, labels).item(), 1e-5);
    assertEquals(
        (0.82594 + 0.47408 + 0.38687 + 1.24115) / 4,
        new Loss.MultiLabelSoftMarginLoss().forward(x, t).item(),
        1e-4);
    assertEquals(
        (Math.exp(0.25) + Math.exp(0.5) - 0.5 + Math.exp(0.75) - 0.75 + Math.exp(0.9)) / 4,
        new Loss.PoissonNLLLoss().forward(x, t).item(),
        1e-4);
  }
}
