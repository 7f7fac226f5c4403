package dev.lanewise.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every worked example agrees with its lecture, in its reduced size. */
class ExamplesTest {
  @TempDir Path folder;

  static Stream<String> names() {
    return Examples.all().stream().map(Example::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void agreesWithTheLecture(String name) throws IOException {
    StringWriter text = new StringWriter();
    Output out = new Output(new PrintWriter(text), folder, true);
    try {
      Examples.named(name).show(out);
    } catch (MissingDataException missing) {
      Assumptions.abort(missing.getMessage());
    }
    assertEquals(List.of(), out.disagreements(), text.toString());
  }

  @Test
  void rowsRiseAndNamesDiffer() {
    List<Integer> rows = Examples.all().stream().map(Example::row).toList();
    assertEquals(rows.stream().sorted().distinct().toList(), rows);
    assertEquals(rows.size(), names().distinct().count());
  }

  @Test
  void aDifferenceIsASentence() {
    Output out = new Output(new PrintWriter(new StringWriter()), folder, true);
    out.check("the loss", 1, 1.5, 0.1);
    out.check("the loss", 1, Double.NaN, 0.1);
    out.check("it falls", false);
    assertEquals(3, out.disagreements().size());
    assertEquals("the loss is 1.5, expected 1 within 0.1.", out.disagreements().getFirst());
    assertTrue(out.disagreements().getLast().contains("it falls"));
  }
}
