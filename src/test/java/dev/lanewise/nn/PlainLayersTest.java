package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Interpolation;
import dev.lanewise.tensor.PadMode;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layers that say by an object what an operation is told by arguments. */
class PlainLayersTest {
  private final Generator random = new Generator(4);

  private static Tensor sequence() {
    return Tensor.of(new float[] {1, 4, 2, 8, 5, 7}, 1, 1, 6);
  }

  private static void check(Layer layer, Tensor x, float... expected) {
    assertArrayEquals(expected, layer.call(x).toArray(), 1e-5f, layer.toString());
  }

  @Test
  void poolingOfSequences() {
    check(new MaxPool1d(2), sequence(), 4, 8, 7);
    check(new MaxPool1d(Window.row(3, 1)), sequence(), 4, 8, 8, 8);
    check(new AvgPool1d(3), sequence(), 7 / 3f, 20 / 3f);
    Window padded = new Window(1, 2, 1, 4, 0, 1, 1, 1, false);
    check(new AvgPool1d(padded, true), sequence(), 0.5f, 6.5f);
    check(new AvgPool1d(padded, false), sequence(), 1, 6.5f);
    check(new AdaptiveAvgPool1d(2), sequence(), 7 / 3f, 20 / 3f);
    check(new AdaptiveMaxPool1d(4), sequence(), 4, 4, 8, 7);
    check(new LPPool1d(2, 2), sequence(), (float) Math.sqrt(17), (float) Math.sqrt(68), 8.60233f);
  }

  @Test
  void poolingOfImages() {
    Tensor x = sequence().reshape(1, 1, 2, 3);
    check(new AdaptiveMaxPool2d(1), x, 8);
    check(new AdaptiveMaxPool2d(2, 1), x, 4, 8);
    check(new LPPool2d(1, 2), x, 18);
    Window padded = new Window(2, 2, 2, 3, 1, 1, 1, 1, false);
    check(new AvgPool2d(padded), x, 0.25f, 0.5f, 2, 1.75f);
    check(new AvgPool2d(padded, false), x, 1, 2, 8, 7);
  }

  @Test
  void framesAndSizes() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 1, 1, 2, 3);
    check(new Pad(1, 0), x, 0, 1, 2, 3, 0, 4, 5, 6);
    check(new Pad(PadMode.CONSTANT, 9, 0, 0, 0, 1), x, 1, 2, 3, 4, 5, 6, 9, 9, 9);
    check(new Pad(PadMode.REFLECT, 0, 2, 0), x, 3, 2, 1, 2, 3, 6, 5, 4, 5, 6);
    check(new Pad(PadMode.REPLICATE, 0, 1, 0), x, 1, 1, 2, 3, 4, 4, 5, 6);
    check(new Pad(PadMode.CIRCULAR, 0, 1, 0), x, 3, 1, 2, 3, 6, 4, 5, 6);
    assertThrows(IllegalArgumentException.class, () -> new Pad(1));
    check(new Upsample(2), sequence().slice(2, 0, 2), 1, 1, 4, 4);
    check(new Upsample(Interpolation.LINEAR, true, 2), sequence().slice(2, 0, 2), 1, 2, 3, 4);
    assertEquals(
        Shape.of(1, 1, 3, 2, 1),
        new Unflatten(-1, 3, -1).call(sequence().reshape(1, 1, 6)).unsqueeze(-1).shape());
  }

  @Test
  void pixelsAndChannels() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 1, 4, 1, 1);
    check(new PixelShuffle(2), x, 1, 2, 3, 4);
    assertEquals(Shape.of(1, 1, 2, 2), new PixelShuffle(2).call(x).shape());
    Sequential both =
        new Sequential().add("s", new PixelShuffle(2)).add("u", new PixelUnshuffle(2));
    assertEquals(x.shape(), both.call(x).shape());
    check(new ChannelShuffle(2), x, 1, 3, 2, 4);
    Tensor image = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3);
    Window window = new Window(2, 2, 1, 1, 0, 0, 1, 1, false);
    assertEquals(Shape.of(1, 4, 4), new Unfold(window).call(image).shape());
    Sequential added =
        new Sequential().add("u", new Unfold(window)).add("f", new Fold(3, 3, window));
    check(added, image, 1, 4, 3, 8, 20, 12, 7, 16, 9);
  }

  @Test
  void layersOfTwoInputs() {
    Tensor a = Tensor.of(new float[] {3, 4, 1, 0}, 2, 2);
    Tensor b = Tensor.of(new float[] {4, 3, 0, 2}, 2, 2);
    assertArrayEquals(new float[] {0.96f, 0}, new CosineSimilarity().call(a, b).toArray(), 1e-5f);
    assertArrayEquals(
        new float[] {(float) Math.sqrt(2), (float) Math.sqrt(5)},
        new PairwiseDistance().call(a, b).toArray(),
        1e-5f);
    Bilinear bilinear = new Bilinear(2, 2, 3, random);
    assertEquals(15, bilinear.parameterCount());
    float[] y = bilinear.call(a, b).toArray();
    float[] w = bilinear.parameters().get("weight").toArray();
    float bias = bilinear.parameters().get("bias").toArray()[2];
    assertEquals(3 * 4 * w[8] + 3 * 3 * w[9] + 4 * 4 * w[10] + 4 * 3 * w[11] + bias, y[2], 1e-4);
    assertThrows(UnsupportedOperationException.class, () -> bilinear.forward(a));
    assertThrows(IllegalArgumentException.class, () -> new Bilinear(0, 2, 3, random));
  }

  @Test
  void bagsOfRows() {
    EmbeddingBag bag = new EmbeddingBag(5, 3, Reduction.SUM, random);
    float[] table = bag.parameters().get("weight").toArray();
    Tensor index = Tensor.ofLongs(new long[] {1, 4}, 1, 2);
    check(bag, index, table[3] + table[12], table[4] + table[13], table[5] + table[14]);
    Tensor offsets = Tensor.ofLongs(new long[] {0, 1}, 2);
    assertEquals(Shape.of(2, 3), bag.forward(index.reshape(2), offsets).shape());
    assertThrows(
        IllegalArgumentException.class, () -> new EmbeddingBag(0, 3, Reduction.SUM, random));
  }

  /** A decoder is its layers, and with norms in front a last one. */
  @Test
  void decodersStackTheirLayers() {
    var settings = TransformerEncoderLayer.Settings.of(8, 2, 16);
    TransformerDecoder decoder = new TransformerDecoder(2, settings, random);
    decoder.train(false);
    boolean first = settings.normFirst();
    assertEquals(first ? 38 : 36, decoder.parameters().size());
    assertEquals(
        Shape.of(24, 8),
        decoder.parameters().get("layers.1.multihead_attn.in_proj_weight").shape());
    Tensor target = random.normal(Shape.of(1, 3, 8), 0, 1);
    Tensor memory = random.normal(Shape.of(1, 4, 8), 0, 1);
    float[] y = decoder.call(target, memory).toArray();
    // What the last step is has no part in the steps before it.
    Tensor other = Tensor.concat(List.of(target.narrow(1, 0, 2), target.narrow(1, 0, 1)), 1);
    float[] z = decoder.call(other, memory).toArray();
    for (int i = 0; i < 16; i++) {
      assertEquals(y[i], z[i], 1e-5f);
    }
    assertEquals(1, decoder.children().size() - (first ? 1 : 0));
  }

  @Test
  void lossesOfThreeTensors() {
    Tensor a = Tensor.of(new float[] {3, 4, 1, 0}, 2, 2);
    Tensor b = Tensor.of(new float[] {4, 3, 0, 2}, 2, 2);
    Tensor signs = Tensor.of(new float[] {1, -1}, 2);
    assertEquals(
        (0.04f + 0) / 2, new PairLoss.CosineEmbeddingLoss().forward(a, b, signs).item(), 1e-5);
    Tensor rows = Tensor.of(new float[] {1, -1, 1, -1}, 2, 2);
    assertEquals(
        (1 + 1 + 0 + 0) / 4f, new PairLoss.MarginRankingLoss().forward(a, b, rows).item(), 1e-5);
    assertEquals(
        (Math.sqrt(2) + 1 + Math.sqrt(5) + 1) / 2,
        new PairLoss.TripletMarginLoss().forward(a, b, a).item(),
        1e-4);
    Tensor two = Tensor.full(2, 2, 2);
    assertEquals(
        (1 + 1 + 1 + 4) / 4.0 / 4 + Math.log(2) / 2,
        new PairLoss.GaussianNLLLoss().forward(a, b, two).item(),
        1e-5);
    Tensor labels = Tensor.ofLongs(new long[] {1, -1, 0, -1}, 2, 2);
    // max(0, 1 - 4 + 3) / 2 and max(0, 1 - 1 + 0) / 2
    assertEquals(0, new Loss.MultiLabelMarginLoss().forward(a, labels).item(), 1e-6);
  }
}
