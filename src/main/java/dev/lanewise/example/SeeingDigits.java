package dev.lanewise.example;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.IdxFolder;
import dev.lanewise.data.ImageSet;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Samples;
import dev.lanewise.data.Split;
import dev.lanewise.data.SyntheticDigits;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.op.Conv2d;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import tools.jackson.jr.ob.JSON;

/** Row 21: the filters and feature maps of LeNet-5, and a page where it reads what one draws. */
final class SeeingDigits extends Example {
  private static final int SEED = 1;
  private static final String SERVE = "serve";

  SeeingDigits() {
    super(21, "seeing-digits", "filters, feature maps, and a digit drawn in the browser");
  }

  @Override
  public Set<String> options() {
    return Set.of(SERVE);
  }

  private static Dataset digits(Output out) {
    try {
      return IdxFolder.load(Output.data("mnist"));
    } catch (MissingDataException missing) {
      out.say("  %s Digits drawn by code take its place.", String.valueOf(missing.getMessage()));
      return SyntheticDigits.dataset(SEED);
    }
  }

  /** LeNet-5 after a few epochs: enough to have filters. */
  private static Layer train(Output out, Dataset digits, Normalization normalization) {
    Layer network = Models.create("lenet5", new Generator(SEED)).network();
    Split split = Split.twelfth(digits.train().normalized(normalization), SEED);
    Samples samples =
        out.quick() ? Split.of(split.train(), 5000, SEED).validation() : split.train();
    try (BatchLoader training =
            BatchLoader.augmented(samples, 64, new Augmentation(1, false), SEED);
        BatchLoader held = BatchLoader.inOrder(split.validation(), 256);
        BatchLoader test = BatchLoader.inOrder(digits.test().normalized(normalization), 256)) {
      Trainer trainer = new Trainer(network, new Sgd(network.parameters(), 0.03, 0.9));
      trainer.fit(training, held, out.quick() ? 2 : 4, Schedule.COSINE);
      double accuracy = Trainer.evaluate(network, test).accuracy();
      out.say("  LeNet-5 reads %.2f%% of the test digits", 100 * accuracy);
      double least = out.quick() ? 0.9 : 0.98;
      out.check("at least " + least + " of the test digits are right", accuracy >= least);
    }
    return network;
  }

  @Override
  protected void run(Output out) throws IOException {
    Dataset digits = digits(out);
    Normalization normalization = Normalization.of(digits.train());
    Layer network = train(out, digits, normalization);
    try (DigitReader reader = new DigitReader(network, normalization)) {
      drawFilters(network, out);
      drawMaps(reader, digits.test(), network, normalization, out);
      try (DigitPage page = new DigitPage(reader, 0)) {
        draw(page, digits.test(), network, normalization, out);
      }
      String port = out.option(SERVE);
      if (port != null) {
        serve(reader, Integer.parseInt(port), out);
      }
    }
  }

  // ---- pictures

  private static Tensor weight(Layer network, String name) {
    return Objects.requireNonNull(network.parameters().get(name));
  }

  /** The weights of both convolutions: dark is negative, bright is positive. */
  private static void drawFilters(Layer network, Output out) throws IOException {
    Tensor first = weight(network, "conv1.weight"); // [6, 1, 5, 5]
    Picture.tiles(DigitReader.planes(first.transpose(0, 1)), 6, 20, out.picture("filters-1.png"));
    Tensor second = weight(network, "conv2.weight"); // [16, 6, 5, 5]
    Picture.tiles(
        DigitReader.planes(second.reshape(1, 96, 5, 5)), 6, 8, out.picture("filters-2.png"));
  }

  /** A line for each digit: what came in, or what the second layer made of the same. */
  private static void drawMaps(
      DigitReader reader, ImageSet images, Layer network, Normalization normalization, Output out)
      throws IOException {
    List<float[][]> first = new ArrayList<>();
    List<float[][]> second = new ArrayList<>();
    for (int digit = 0; digit < 10; digit++) {
      int index = 0;
      while (images.label(index) != digit) {
        index++;
      }
      float[] pixels = pixels(images, index);
      DigitReader.Reading reading = reader.read(pixels);
      Tensor x = Tensor.of(pixels, 1, 1, DrawnDigit.SIZE, DrawnDigit.SIZE);
      first.add(DigitReader.planes(x)[0]);
      first.addAll(List.of(reading.of("act1")));
      second.addAll(List.of(reading.of("act2")));
      if (digit == 2) {
        checkMaps(reading, normalized(x, normalization), network, out);
      }
    }
    Picture.tiles(first.toArray(float[][][]::new), 7, 3, out.picture("maps-1.png"));
    Picture.tiles(second.toArray(float[][][]::new), 16, 5, out.picture("maps-2.png"));
  }

  /** A feature map is ReLU(x * w + b), and nothing else. */
  private static void checkMaps(DigitReader.Reading reading, Tensor x, Layer network, Output out) {
    Tensor maps =
        x.conv2d(
                weight(network, "conv1.weight"),
                weight(network, "conv1.bias"),
                Conv2d.standard().padding(2))
            .relu();
    float[][][] expected = DigitReader.planes(maps);
    float[][][] found = reading.of("act1");
    for (int channel = 0; channel < expected.length; channel++) {
      out.check(
          "map " + (channel + 1) + " of a 2: hook, and by the formula",
          Tensor.of(flat(expected[channel]), 28, 28),
          Tensor.of(flat(found[channel]), 28, 28),
          1e-5);
    }
  }

  private static float[] flat(float[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
    }
    return values;
  }

  private static float[] pixels(ImageSet images, int index) {
    float[] pixels = new float[DrawnDigit.SIZE * DrawnDigit.SIZE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = images.pixel(index, 0, i / DrawnDigit.SIZE, i % DrawnDigit.SIZE) / 255f;
    }
    return pixels;
  }

  private static Tensor normalized(Tensor x, Normalization normalization) {
    return x.sub(normalization.mean().getFirst()).div(normalization.deviation().getFirst());
  }

  // ---- the page

  private static final int CANVAS = 280;

  /** A test digit on the canvas of the page: seven times as large, and not in the middle. */
  private static byte[] onCanvas(ImageSet images, int index) {
    int scale = 7;
    int right = index % 80;
    int down = 80 - index % 80;
    byte[] canvas = new byte[CANVAS * CANVAS];
    for (int y = 0; y < DrawnDigit.SIZE * scale; y++) {
      for (int x = 0; x < DrawnDigit.SIZE * scale; x++) {
        int light = images.pixel(index, 0, y / scale, x / scale);
        canvas[(down + y) * CANVAS + right + x] = (byte) light;
      }
    }
    return canvas;
  }

  /** Draws test digits on the page, and compares its answers with the network's own. */
  private static void draw(
      DigitPage page, ImageSet images, Layer network, Normalization normalization, Output out)
      throws IOException {
    int count = 100;
    float[] answers = new float[count * 10];
    float[] direct = new float[count * 10];
    int right = 0;
    for (int i = 0; i < count; i++) {
      byte[] canvas = onCanvas(images, i);
      Map<String, Object> answer = JSON.std.mapFrom(post(page, canvas));
      List<?> shares = (List<?>) Objects.requireNonNull(answer.get("probabilities"));
      for (int k = 0; k < 10; k++) {
        answers[i * 10 + k] = ((Number) Objects.requireNonNull(shares.get(k))).floatValue();
      }
      right +=
          ((Number) Objects.requireNonNull(answer.get("digit"))).intValue() == images.label(i)
              ? 1
              : 0;
      Tensor x = Tensor.of(DrawnDigit.centred(canvas, CANVAS), 1, 1, 28, 28);
      float[] mine = network.forward(normalized(x, normalization)).softmax(1).toArray();
      System.arraycopy(mine, 0, direct, i * 10, 10);
    }
    out.say("  the page at %s reads %d of %d drawn digits", page.address(), right, count);
    out.check(
        "probabilities: the page's, and evaluated here",
        Tensor.of(direct, count, 10),
        Tensor.of(answers, count, 10),
        1e-6);
    out.check("nine of ten digits drawn somewhere are read", right >= 0.9 * count);
  }

  private static byte[] post(DigitPage page, byte[] canvas) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) page.address().resolve("read").toURL().openConnection();
    connection.setDoOutput(true);
    try (OutputStream body = connection.getOutputStream()) {
      body.write(canvas);
    }
    try (InputStream answer = connection.getInputStream()) {
      return answer.readAllBytes();
    }
  }

  /** Until the process is told to end. */
  private static void serve(DigitReader reader, int port, Output out) throws IOException {
    try (DigitPage page = new DigitPage(reader, port)) {
      out.say("  draw digits at %s (Ctrl-C ends it)", page.address());
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
