package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Row 24: units that saturate, and what twenty layers leave of a gradient. */
final class VanishingGradients extends Example {
  private static final int DEPTH = 20;
  private static final int WIDTH = 64;
  private static final int BATCH = 128;

  VanishingGradients() {
    super(24, "vanishing-gradients", "gradients through twenty layers, by activation and remedy");
  }

  /** The slopes of an activation at some places. */
  private static double[] slopes(UnaryOperator<Tensor> activation, float[] places) {
    Tensor x = Tensor.of(places, places.length).requireGrad();
    return doubles(gradients(activation.apply(x).sum(), x)[0].toArray());
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  /**
   * The size of dL/dh at the input of each layer, where that at the output of the last is 1.
   *
   * @param layer makes the next h from h and a weight
   * @param gain the deviation of the weights, times √width: 1 keeps the size of what passes, and
   *     ReLU, which drops half, needs √2
   */
  private static double[] sizes(BinaryOperator<Tensor> layer, double gain) {
    Generator random = new Generator(24);
    List<Tensor> h = new ArrayList<>();
    h.add(random.normal(Shape.of(BATCH, WIDTH), 0, 1).requireGrad());
    for (int i = 0; i < DEPTH; i++) {
      Tensor w = random.normal(Shape.of(WIDTH, WIDTH), 0, (float) (gain / Math.sqrt(WIDTH)));
      h.add(layer.apply(h.getLast(), w));
    }
    Tensor direction = random.normal(Shape.of(BATCH, WIDTH), 0, 1);
    Tensor loss = h.getLast().mul(direction).sum();
    double last = direction.norm().item();
    return Arrays.stream(gradients(loss, h.toArray(Tensor[]::new)))
        .mapToDouble(gradient -> gradient.norm().item() / last)
        .toArray();
  }

  private static Tensor normalized(Tensor z) {
    return z.batchNorm(null, null, null, null, true, 0.1f, 1e-5f);
  }

  @Override
  protected void run(Output out) throws IOException {
    float[] places = new float[161];
    for (int i = 0; i < places.length; i++) {
      places[i] = (i - 80) / 10f;
    }
    double[] sigmoid = slopes(Tensor::sigmoid, places);
    double[] tanh = slopes(Tensor::tanh, places);
    double[] relu = slopes(Tensor::relu, places);
    out.check("slope of sigmoid at 0, its greatest", 0.25, sigmoid[80], 1e-6);
    out.check("slope of sigmoid at 8: nearly 0", 0, sigmoid[160], 1e-3);
    out.check("slope of tanh at 8: nearly 0", 0, tanh[160], 1e-3);
    out.check("slope of ReLU at 8", 1, relu[160], 0);
    new Picture("Units that saturate, and one that does not", "input", "slope")
        .line("sigmoid", doubles(places), sigmoid)
        .line("tanh", doubles(places), tanh)
        .line("ReLU", doubles(places), relu)
        .write(out.picture("slopes.png"));

    double toKeep = Math.sqrt(2);
    Map<String, double[]> kinds = new LinkedHashMap<>();
    kinds.put("sigmoid", sizes((h, w) -> h.matmul(w).sigmoid(), 1));
    kinds.put("tanh", sizes((h, w) -> h.matmul(w).tanh(), 1));
    kinds.put("ReLU", sizes((h, w) -> h.matmul(w).relu(), toKeep));
    kinds.put("sigmoid, residual", sizes((h, w) -> h.add(h.matmul(w).sigmoid()), 1));
    kinds.put("sigmoid, normalised", sizes((h, w) -> normalized(h.matmul(w)).sigmoid(), 1));
    double[] depth = IntStream.rangeClosed(0, DEPTH).asDoubleStream().toArray();
    Picture picture =
        new Picture("Twenty layers", "layers from the input", "size of the gradient").logY();
    kinds.forEach((kind, sizes) -> {
      out.say("  %-20s the first layer gets %.2g of the last one's gradient", kind, sizes[0]);
      picture.line(kind, depth, sizes);
    });
    picture.write(out.picture("depth.png"));
    double plain = first(kinds, "sigmoid");
    out.check("sigmoids leave less than (1/4)^20 times 1000", plain < 1000 * Math.pow(0.25, DEPTH));
    out.check("tanh leaves more than sigmoid", first(kinds, "tanh") > 1e3 * plain);
    out.check("ReLU leaves more than tanh", first(kinds, "ReLU") > first(kinds, "tanh"));
    for (String remedy : new String[] {"ReLU", "sigmoid, residual", "sigmoid, normalised"}) {
      out.check(remedy + ": at least a twentieth", first(kinds, remedy) > 0.05);
    }
  }

  private static double first(Map<String, double[]> kinds, String kind) {
    double[] sizes = kinds.get(kind);
    return sizes == null ? Double.NaN : sizes[0];
  }
}
