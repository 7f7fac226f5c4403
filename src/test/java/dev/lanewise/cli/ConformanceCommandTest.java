package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.io.Safetensors;
import dev.lanewise.io.StoredTensor;
import dev.lanewise.tensor.Shape;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code lanewise conformance reference} on a folder of three cases: right, wrong, unknown. */
class ConformanceCommandTest {
  private static final String CASE =
      """
      {"id": "%s", "op": "%s", "kind": "op", "attrs": {}, "tolerance":
        {"out": {"rtol": 1e-4, "atol": 1e-5}, "grad": {"rtol": 1e-3, "atol": 1e-4}}}
      """;

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();

  private int run() {
    return new CommandLine(new ConformanceCommand())
        .setOut(new PrintWriter(out))
        .execute("reference", folder.toString());
  }

  private void write(String id, float y) {
    StoredTensor x = new StoredTensor.Floats(Shape.of(1), new float[] {3});
    StoredTensor expected = new StoredTensor.Floats(Shape.of(1), new float[] {y});
    new Safetensors(
            Map.of(),
            Map.of(
                "in.x",
                x,
                "out.out",
                expected,
                "gout.out",
                x,
                "grad.x",
                new StoredTensor.Floats(Shape.of(1), new float[] {-3})))
        .write(folder.resolve("cases/" + id + ".safetensors"));
  }

  private void index(String... cases) throws IOException {
    Files.writeString(
        folder.resolve("index.json"), "{\"cases\": [" + String.join(",", cases) + "]}");
  }

  @Test
  void printsFailuresAndCounts() throws IOException {
    Files.createDirectories(folder.resolve("cases"));
    write("right", -3);
    write("wrong", -4);
    write("unknown", -3);
    index(
        CASE.formatted("right", "neg"),
        CASE.formatted("wrong", "neg"),
        CASE.formatted("unknown", "bessel"));
    assertEquals(1, run());
    assertEquals(
        """
        FAILED wrong: out.out: element 0 of [1] is -3.0, expected -4.0
        FAILED unknown: not supported: bessel
        1 passed, 2 failed, 0 skipped
        """,
        out.toString().replace("\r\n", "\n"));
  }

  @Test
  void succeedsWhereNothingFails() throws IOException {
    Files.createDirectories(folder.resolve("cases"));
    write("right", -3);
    index(CASE.formatted("right", "neg"));
    assertEquals(0, run());
    assertTrue(out.toString().startsWith("1 passed, 0 failed, 0 skipped"), out.toString());
  }
}
