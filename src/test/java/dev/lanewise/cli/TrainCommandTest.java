package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.team.Team;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

/** {@code lanewise train}: what it prints, writes and goes on from. */
class TrainCommandTest extends CommandTest {
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
    assertEquals(4, conv2.size(), watched.out()); // forward and backward
    assertTrue(
        conv2.get(1).matches("step 1: conv2 +\\[16, 16, 10, 10] +gradient norm \\d.*"),
        conv2.get(1));
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
}
