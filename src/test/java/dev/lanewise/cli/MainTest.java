package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.OtherJvm;
import dev.lanewise.kernel.team.Team;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.jr.ob.JSON;

/** The command as its users see it: output, errors, exit codes, files. */
class MainTest extends CommandTest {
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
    assertBadInput(run("bench", "--batch", "64,0"), "--batch is 0");
    assertBadInput(run("bench", "--threads", 0), "threads is 0");
    assertBadInput(run("bench", "--seconds", 0), "--seconds is 0");
    assertBadInput(run("bench", "--json", folder), "is a folder");
    Path file = Files.createFile(folder.resolve("file"));
    assertBadInput(run("bench", "--json", file.resolve("speed.json")), "it is a file");
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
  void aMissingOrCorruptedCheckpointIsNamed() throws IOException {
    Path data = digits(240, 24);
    Path file = folder.resolve("nothing.safetensors");
    assertBadInput(run("eval", "--data", data, "--checkpoint", file), file.toString());
    Files.write(file, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    assertBadInput(run("eval", "--data", data, "--checkpoint", file), file.toString());
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
    String classPath = OtherJvm.path(location(Main.class), location(CommandLine.class));
    List<String> arguments = List.of("-cp", classPath, Main.class.getName(), "--version");
    OtherJvm.Result result = OtherJvm.run(OtherJvm.tool("java", arguments));
    String text = result.output();
    assertEquals(Main.BAD_INPUT, result.exitCode(), text);
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
    // Here all are measured in one process, whose peak says nothing of the second.
    assertNull(((Map<?, ?>) rows.getLast()).get("peak_rss_bytes"));
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
            "Java",
            "Vectors",
            "Caches",
            "Threads",
            "BLAS",
            "Huge pages",
            "Memory",
            "Peak",
            "Bandwidth")) {
      assertTrue(outcome.out().lines().anyMatch(l -> l.startsWith(line)), line + outcome.out());
    }
    assertFalse(outcome.out().contains("null"), outcome.out());
    assertFalse(outcome.out().contains("NaN"), outcome.out());
  }
}
