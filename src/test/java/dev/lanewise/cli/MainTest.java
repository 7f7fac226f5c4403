package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Team;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.jr.ob.JSON;

/** The command as its users see it: output, errors, exit codes, files. */
class MainTest {
  private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  private static final String TRAIN_LABELS = "train-labels-idx1-ubyte";

  @TempDir Path folder;

  private record Outcome(int exitCode, String out, String err) {}

  private static Outcome run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.execute(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Arrays.stream(args).map(Object::toString).toArray(String[]::new));
    return new Outcome(exitCode, out.toString(), err.toString());
  }

  /** One line on stderr that contains all parts, nothing else, and exit code 2. */
  private static void assertBadInput(Outcome outcome, String... parts) {
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    for (String part : parts) {
      assertTrue(outcome.err().contains(part), outcome.err() + "lacks: " + part);
    }
    assertTrue(outcome.err().startsWith("lanewise: "), outcome.err());
    assertEquals(Main.BAD_INPUT, outcome.exitCode());
  }

  @Test
  void graphWritesTheTape() throws IOException {
    Path to = folder.resolve("tape.dot");
    Outcome outcome = run("graph", "--model", "lenet5", "--batch", "2", "--out", to);
    assertEquals("", outcome.err());
    assertEquals(0, outcome.exitCode());
    String dot = Files.readString(to);
    for (String part :
        List.of("digraph tape {", "conv1.weight", "conv2d", "-> result", "[2, 10]")) {
      assertTrue(dot.contains(part), part + " is missing in " + dot);
    }
    assertEquals(
        dot.chars().filter(c -> c == '{').count(), dot.chars().filter(c -> c == '}').count());
    assertBadInput(run("graph", "--batch", "0", "--out", to), "--batch is 0");
    assertBadInput(run("graph", "--model", "none", "--out", to), "none");
  }

  @Test
  void profileListsOperationsAndLayersAndWritesFiles() throws IOException {
    Path to = folder.resolve("profile");
    Outcome outcome =
        run(
            "profile",
            "--model",
            "lenet5",
            "--batch",
            "3",
            "--steps",
            "2",
            "--warm-up",
            "0",
            "--out",
            to);
    assertEquals("", outcome.err());
    assertEquals(0, outcome.exitCode());
    for (String part :
        List.of("By operation", "conv2dWeightGradient", "By layer", "pool1", "Sgd")) {
      assertTrue(outcome.out().contains(part), part + " is missing in " + outcome.out());
    }
    Map<String, Object> json = JSON.std.mapFrom(Files.readString(to.resolve("profile.json")));
    assertEquals("lenet5", json.get("model"));
    assertEquals(3, json.get("batch"));
    assertEquals(2, json.get("steps"));
    assertTrue(((List<?>) json.get("rows")).size() > 20, json.toString());
    assertTrue(Files.size(to.resolve("profile.jfr")) > 0);
    BufferedImage picture = ImageIO.read(to.resolve("roofline.png").toFile());
    assertEquals(1000, picture.getWidth());
    Set<Integer> colours = new HashSet<>();
    for (int i = 0; i < picture.getWidth() * picture.getHeight(); i++) {
      colours.add(picture.getRGB(i % picture.getWidth(), i / picture.getWidth()));
    }
    assertTrue(colours.size() > 20, "axes, texts and points: " + colours.size() + " colours");
    assertTrue(Files.readString(to.resolve("roofline.svg")).contains("<svg"));
    assertBadInput(run("profile", "--steps", "0"), "--steps 0");
    assertBadInput(run("profile", "--model", "nothing"), "nothing");
  }

  @Test
  void helpNamesTheCommandsAndOptions() {
    Outcome help = run("--help");
    assertEquals(0, help.exitCode());
    for (String command : List.of("train", "eval", "summary", "doctor", "bench")) {
      assertTrue(help.out().contains(command), help.out());
    }
    String train = run("train", "--help").out();
    for (String option :
        List.of(
            "--model",
            "--data",
            "--epochs",
            "--batch",
            "--lr",
            "--momentum",
            "--weight-decay",
            "--seed",
            "--threads",
            "--out",
            "--metrics")) {
      assertTrue(train.contains(option + "="), option + " in " + train);
    }
  }

  @Test
  void versionIsOneLine() {
    Outcome version = run("--version");
    assertEquals(0, version.exitCode());
    assertTrue(version.out().startsWith("lanewise "), version.out());
    assertEquals(1, version.out().lines().count());
  }

  @Test
  void badOptionsGetOneSentence() throws IOException {
    Path data = digits(48, 24);
    assertBadInput(run("train", "--data", data, "--batch", 0), "--batch is 0", "from 1");
    assertBadInput(run("train", "--data", data, "--epochs", 0), "--epochs is 0");
    assertBadInput(run("train", "--data", data, "--threads", 0), "threads is 0", "from 1 to");
    assertBadInput(run("train", "--data", data, "--lr", "-1"), "learning rate is -1.0");
    assertBadInput(run("train", "--data", data, "--batch", "many"), "--batch", "many");
    assertBadInput(run("train", "--data", data, "--frobnicate"), "--frobnicate");
    assertBadInput(run("train"), "--data");
    assertBadInput(run("bench", "--windows", 1), "--windows is 1");
    assertBadInput(run("bench", "--models", "lenet5,lenet6"), "lenet6", "mlp, lenet5");
  }

  @Test
  void anUnknownModelGetsTheList() throws IOException {
    assertBadInput(
        run("train", "--data", digits(48, 24), "--model", "lenet6"),
        "no model 'lenet6'",
        "mlp, lenet5, lenet5-original");
  }

  @Test
  void aMissingFolderOrFileIsNamed() throws IOException {
    Path nowhere = folder.resolve("nowhere");
    assertBadInput(run("train", "--data", nowhere), nowhere.toString(), "does not exist");
    Path data = digits(48, 24);
    Files.delete(data.resolve(TRAIN_LABELS));
    assertBadInput(run("train", "--data", data), TRAIN_LABELS);
  }

  @Test
  void aTruncatedFileIsNamed() throws IOException {
    Path data = digits(48, 24);
    Path images = data.resolve(TRAIN_IMAGES);
    byte[] bytes = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(bytes, bytes.length - 100));
    assertBadInput(run("train", "--data", data), TRAIN_IMAGES);
  }

  @Test
  void differentCountsOfImagesAndLabelsAreNamed() throws IOException {
    Path data = digits(48, 24);
    writeLabels(data.resolve(TRAIN_LABELS), labels(47));
    assertBadInput(run("train", "--data", data), "48 images", "47 labels");
  }

  @Test
  void imagesThatTheModelCannotTakeAreNamed() throws IOException {
    Path data = folder.resolve("small");
    write(data, 8, 48, 24);
    assertBadInput(run("train", "--data", data), "lenet5", "[1, 28, 28]", "[1, 8, 8]");
  }

  @Test
  void outputsThatCannotBeWrittenAreNamedBeforeTraining() throws IOException {
    Path data = digits(48, 24);
    Path file = Files.createFile(folder.resolve("a file"));
    assertBadInput(
        run("train", "--data", data, "--out", file), file.toString(), "expected a folder");
    assertBadInput(run("train", "--data", data, "--metrics", folder), folder.toString());
  }

  @Test
  void divergenceNamesStepAndLayer() throws IOException {
    Outcome outcome =
        run("train", "--data", digits(240, 24), "--model", "mlp", "--lr", 1e30, "--batch", 16);
    assertBadInput(outcome, "at step ", "layer fc");
  }

  @Test
  void aMissingOrCorruptedCheckpointIsNamed() throws IOException {
    Path data = digits(240, 24);
    Path file = folder.resolve("nothing.safetensors");
    assertBadInput(run("eval", "--data", data, "--checkpoint", file), file.toString());
    Files.write(file, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    assertBadInput(run("eval", "--data", data, "--checkpoint", file), file.toString());
  }

  @Test
  void aTrainingLeavesMetricsAndCheckpointsThatEvalReproduces() throws IOException {
    Path data = digits(480, 120);
    Path out = folder.resolve("out");
    Path metrics = folder.resolve("logs/metrics.jsonl");
    Outcome training =
        run(
            "train",
            "--model",
            "mlp",
            "--data",
            data,
            "--epochs",
            3,
            "--batch",
            16,
            "--lr",
            0.02,
            "--momentum",
            0.9,
            "--weight-decay",
            1e-4,
            "--seed",
            5,
            "--out",
            out,
            "--metrics",
            metrics);
    assertEquals("", training.err());
    assertEquals(0, training.exitCode());
    List<String> lines = Files.readAllLines(metrics, StandardCharsets.UTF_8);
    assertEquals(4, lines.size());
    for (int i = 0; i < 3; i++) {
      Map<String, Object> line = JSON.std.mapFrom(lines.get(i));
      assertEquals(
          List.of(
              "epoch", "train_loss", "val_loss", "val_accuracy", "samples_per_second", "seconds"),
          List.copyOf(line.keySet()));
      assertEquals(i + 1, line.get("epoch"));
      double accuracy = ((Number) line.get("val_accuracy")).doubleValue();
      assertTrue(accuracy >= 0 && accuracy <= 1);
    }
    Map<String, Object> end = JSON.std.mapFrom(lines.get(3));
    assertEquals(List.of("event", "test_accuracy"), List.copyOf(end.keySet()));
    assertEquals("end", end.get("event"));
    double accuracy = ((Number) end.get("test_accuracy")).doubleValue();

    Path last = out.resolve("last.safetensors");
    Outcome evaluation = run("eval", "--data", data, "--checkpoint", last);
    assertEquals("", evaluation.err());
    String expected = String.format(Locale.ROOT, "test accuracy %.2f%%", 100 * accuracy);
    assertTrue(training.out().contains(expected), training.out());
    assertTrue(evaluation.out().contains(expected), evaluation.out());
    assertEquals(
        0, run("eval", "--data", data, "--checkpoint", out.resolve("best.safetensors")).exitCode());
    try (var files = Files.list(out)) {
      assertEquals(2, files.count(), "no temporary file is left");
    }

    byte[] bytes = Files.readAllBytes(last);
    bytes[bytes.length / 2] ^= 1;
    Files.write(last, Arrays.copyOf(bytes, bytes.length - 7));
    assertBadInput(run("eval", "--data", data, "--checkpoint", last), last.toString());
  }

  @Test
  void aTrainingGoesOnFromItsCheckpoint() throws IOException {
    Path data = digits(240, 24);
    Path whole = folder.resolve("whole.jsonl");
    Path parts = folder.resolve("parts.jsonl");
    Path out = folder.resolve("out");
    List<Object> train =
        List.of("train", "--model", "mlp", "--data", data, "--schedule", "constant", "--augment");
    assertEquals(0, run(train, "--epochs", 3, "--metrics", whole).exitCode());
    assertEquals(0, run(train, "--epochs", 1, "--metrics", parts, "--out", out).exitCode());
    Path last = out.resolve("last.safetensors");
    Outcome resumed = run(train, "--epochs", 3, "--metrics", parts, "--resume", last);
    assertEquals("", resumed.err());
    List<String> lines = Files.readAllLines(parts);
    assertEquals(5, lines.size(), "an epoch, an end, two epochs, an end");
    List<String> expected = Files.readAllLines(whole);
    for (int epoch : new int[] {2, 3}) {
      Map<String, Object> line = JSON.std.mapFrom(lines.get(epoch));
      Map<String, Object> reference = JSON.std.mapFrom(expected.get(epoch - 1));
      for (String key : List.of("epoch", "train_loss", "val_loss", "val_accuracy")) {
        assertEquals(reference.get(key), line.get(key), key);
      }
    }
    assertBadInput(
        run(train, "--epochs", 1, "--resume", last), "at its end after 1 epochs", "--epochs is 1");
    assertBadInput(
        run(train, "--epochs", 2, "--lr", 0.5, "--resume", last), "with --lr 0.03; found 0.5");
    assertBadInput(run(train, "--label-smoothing", 1), "label smoothing is 1.0");
  }

  @Test
  void severalLearningRatesAreComparedAndTheBestIsNamed() throws IOException {
    Path data = digits(480, 24);
    List<Object> train = List.of("train", "--model", "mlp", "--data", data, "--epochs", 2);
    Outcome sweep = run(train, "--batch", 16, "--lr", "1e-6,0.02,1e30");
    assertEquals("", sweep.err());
    assertEquals(0, sweep.exitCode());
    List<String> end = sweep.out().lines().toList().reversed().subList(0, 4).reversed();
    assertTrue(end.get(0).matches("1\\.0E-6 .*%"), sweep.out());
    assertTrue(end.get(1).matches("0\\.02 .*%"), sweep.out());
    assertTrue(end.get(2).matches("1\\.0E30 +diverged at step \\d+"), sweep.out());
    assertEquals("The best learning rate is 0.02.", end.get(3));

    // A run of the sweep is the training with this rate.
    String last = run(train, "--batch", 16, "--lr", "0.02").out().lines().toList().get(2);
    String losses = last.substring(0, last.indexOf('%'));
    assertTrue(sweep.out().contains(losses), sweep.out() + " lacks: " + losses);

    assertTrue(run(train, "--lr", "1e-6,1e-5").out().contains("the largest of all"));
    assertBadInput(run(train, "--lr", "1e30,1e31"), "1.0E30, 1.0E31", "smaller");
    assertBadInput(run(train, "--lr", "0.1,-1"), "learning rate is -1.0");
    assertBadInput(run(train, "--lr", "0.1,0.2", "--out", folder), "--lr has 2 values", "--out");
    assertBadInput(run(train, "--lr", "0.1,0.2", "--resume", data), "no --resume");
  }

  @Test
  void patienceEndsATraining() throws IOException {
    List<Object> train = List.of("train", "--model", "mlp", "--data", digits(240, 24));
    // Steps too small to change any guess: the first epoch stays the best.
    Outcome ended = run(train, "--epochs", 9, "--lr", "1e-12", "--patience", 2);
    assertEquals("", ended.err());
    assertEquals(3, ended.out().lines().filter(line -> line.startsWith("epoch ")).count());
    assertTrue(ended.out().contains("ended after epoch 3: no higher"), ended.out());
    Outcome whole = run(train, "--epochs", 3, "--lr", "1e-12", "--patience", 3);
    assertFalse(whole.out().contains("ended"), whole.out());
    assertBadInput(run(train, "--patience", 0), "patience is 0");
  }

  @Test
  void watchingPrintsTheLayersOfTheFirstSteps() throws IOException {
    List<Object> train = List.of("train", "--data", digits(240, 24), "--epochs", 1);
    Outcome watched = run(train, "--model", "lenet5", "--batch", 16, "--watch", 2);
    assertEquals("", watched.err());
    List<String> conv2 = watched.out().lines().filter(line -> line.contains(" conv2 ")).toList();
    assertEquals(2, conv2.size(), watched.out());
    assertTrue(
        conv2.getFirst().matches("step 1: conv2 +\\[16, 16, 10, 10] +norm \\d.*"),
        conv2.getFirst());
    assertTrue(conv2.getLast().startsWith("step 2: "), conv2.getLast());
    Outcome broken = run(train, "--model", "mlp", "--batch", 16, "--watch", 3, "--lr", 1e30);
    assertTrue(broken.out().contains("not finite"), broken.out());
    assertBadInput(run(train, "--watch", 0), "--watch is 0");
    assertBadInput(run(train, "--watch", 1, "--lr", "0.1,0.2"), "no --watch");
  }

  @Test
  void samplesAreDrawnAsTheNetworkSeesThem() throws IOException {
    Path plain = folder.resolve("pictures/plain.png");
    Path moved = folder.resolve("moved.png");
    List<Object> train =
        List.of("train", "--model", "mlp", "--data", digits(240, 24), "--epochs", 1, "--batch", 5);
    assertEquals(0, run(train, "--samples", plain).exitCode());
    assertEquals(0, run(train, "--samples", moved, "--augment").exitCode());
    BufferedImage picture = ImageIO.read(plain.toFile());
    assertEquals(4 + 5 * (2 * 28 + 4), picture.getWidth());
    assertEquals(4 + 2 * 28 + 4, picture.getHeight());
    assertFalse(Arrays.equals(Files.readAllBytes(plain), Files.readAllBytes(moved)));
    assertBadInput(run(train, "--samples", folder), folder.toString());
  }

  private static Outcome run(List<Object> command, Object... more) {
    List<Object> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return run(all.toArray());
  }

  @Test
  void theSameSeedTrainsTheSame() throws IOException {
    Path data = digits(240, 24);
    int before = Team.global().threads();
    try {
      String one = losses(data, 1);
      assertEquals(one, losses(data, 1));
      assertEquals(one, losses(data, 2));
    } finally {
      Team.global().setThreads(before);
    }
  }

  private String losses(Path data, int threads) throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    Outcome outcome =
        run("train", "--data", data, "--epochs", 2, "--threads", threads, "--metrics", metrics);
    assertEquals(0, outcome.exitCode(), outcome.err());
    StringBuilder losses = new StringBuilder();
    for (String line : Files.readAllLines(metrics)) {
      Map<String, Object> values = JSON.std.mapFrom(line);
      losses.append(values.get("train_loss")).append(' ').append(values.get("val_loss"));
    }
    return losses.toString();
  }

  @Test
  void anErrorOfTheProgramIsShortUnlessAsked() {
    IllegalStateException bug = new IllegalStateException("a bug");
    StringWriter text = new StringWriter();
    assertEquals(1, Failure.of(bug).report(new PrintWriter(text), false));
    assertEquals(1, text.toString().lines().count());
    assertEquals(1, Failure.of(bug).report(new PrintWriter(text), true));
    assertTrue(text.toString().contains("at dev.lanewise/") || text.toString().contains("\tat "));
  }

  @Test
  void aJvmWithoutVectorsGetsOneSentence() throws Exception {
    String classPath =
        location(Main.class) + System.getProperty("path.separator") + location(CommandLine.class);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Main.class.getName(),
                "--version")
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(Main.BAD_INPUT, process.waitFor(), text);
    assertEquals(1, text.lines().count(), text);
    assertTrue(text.contains("without the module jdk.incubator.vector"), text);
  }

  private static Path location(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  @Test
  void benchWritesOneRowForEachModelAndBatch() throws IOException {
    int before = Team.global().threads();
    Path json = folder.resolve("bench.json");
    Outcome outcome =
        run(
            "bench",
            "--models",
            "mlp",
            "--batch",
            "4,8",
            "--threads",
            1,
            "--seconds",
            0.01,
            "--json",
            json);
    Team.global().setThreads(before);
    assertEquals(0, outcome.exitCode(), outcome.err());
    List<Object> rows = JSON.std.listFrom(Files.readString(json));
    assertEquals(2, rows.size());
    for (Object row : rows) {
      assertEquals(
          "[model, batch, threads, samples_per_second, eval_samples_per_second, peak_rss_bytes]",
          ((Map<?, ?>) row).keySet().toString());
      assertEquals(1, ((Map<?, ?>) row).get("threads"));
      assertTrue(((Number) ((Map<?, ?>) row).get("samples_per_second")).doubleValue() > 0);
    }
  }

  @Test
  void summaryListsTheLayers() {
    Outcome outcome = run("summary", "--model", "lenet5", "--batch", 2);
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().startsWith("lenet5\n"), outcome.out());
    assertTrue(outcome.out().contains("[2, 6, 28, 28]"), outcome.out());
    assertTrue(outcome.out().contains("61,706 parameters"), outcome.out());
    assertBadInput(run("summary", "--model", "lenet6"), "no model 'lenet6'");
    assertBadInput(run("summary", "--batch", 0), "--batch is 0");
  }

  @Test
  void opsListsWhatATensorCanDo() {
    Outcome outcome = run("ops");
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().lines().allMatch(line -> line.length() <= 100), outcome.out());
    for (String word :
        List.of("elementwise", "exp", "conv2d", "crossEntropy", "topk", "split", "matmul")) {
      assertTrue(outcome.out().matches("(?s).*\\b" + word + "\\b.*"), word + outcome.out());
    }
  }

  @Test
  void doctorNamesWhatMatters() {
    Outcome outcome = run("doctor");
    assertEquals(0, outcome.exitCode(), outcome.err());
    for (String line :
        List.of(
            "Java", "Vectors", "Threads", "BLAS", "Huge pages", "Memory", "Peak", "Bandwidth")) {
      assertTrue(outcome.out().lines().anyMatch(l -> l.startsWith(line)), line + outcome.out());
    }
    assertFalse(outcome.out().contains("null"), outcome.out());
    assertFalse(outcome.out().contains("NaN"), outcome.out());
  }

  /** A folder of images with a bright row that tells the label. */
  private Path digits(int train, int test) throws IOException {
    Path data = folder.resolve("digits-" + train + "-" + test);
    write(data, 28, train, test);
    return data;
  }

  private static void write(Path data, int size, int train, int test) throws IOException {
    Files.createDirectories(data);
    writeImages(data.resolve(TRAIN_IMAGES), size, labels(train));
    writeLabels(data.resolve(TRAIN_LABELS), labels(train));
    writeImages(data.resolve("t10k-images-idx3-ubyte"), size, labels(test));
    writeLabels(data.resolve("t10k-labels-idx1-ubyte"), labels(test));
  }

  private static byte[] labels(int count) {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i * 7 % 10);
    }
    return labels;
  }

  private static void writeImages(Path file, int size, byte[] labels) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 + labels.length * size * size);
    bytes.putInt(0x803).putInt(labels.length).putInt(size).putInt(size);
    Random random = new Random(labels.length);
    for (byte label : labels) {
      for (int pixel = 0; pixel < size * size; pixel++) {
        boolean bright = pixel / size == label * size / 10;
        bytes.put((byte) ((bright ? 180 : 0) + random.nextInt(60)));
      }
    }
    Files.write(file, bytes.array());
  }

  private static void writeLabels(Path file, byte[] labels) throws IOException {
    Files.write(
        file,
        ByteBuffer.allocate(8 + labels.length)
            .putInt(0x801)
            .putInt(labels.length)
            .put(labels)
            .array());
  }
}
