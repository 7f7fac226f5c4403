package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.execute(new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void listsAllWithTheirNumbers() {
    assertEquals(0, run("example", "list"));
    assertTrue(out.toString().contains("  1  gravity "), out.toString());
  }

  @Test
  void printsTheLecturesValueBesideOurs(@TempDir Path folder) {
    assertEquals(0, run("example", "gravity", "--out", folder.toString()), err.toString());
    assertTrue(out.toString().contains("lecture 402.57 "), out.toString());
  }

  @Test
  void anUnknownNameIsASentence() {
    assertEquals(Main.BAD_INPUT, run("example", "levity"));
    assertTrue(err.toString().contains("There is no example 'levity'"), err.toString());
  }

  @Test
  void aTextThatCannotBeUsedIsASentence(@TempDir Path folder) throws IOException {
    assertEquals(Main.BAD_INPUT, run("example", "gravity", "--text", folder.toString()));
    assertTrue(err.toString().contains("The example gravity takes no --text."), err.toString());
    assertEquals(3, run("example", "transformer", "--text", folder.resolve("none").toString()));
    assertTrue(err.toString().contains("none, which is not there."), err.toString());
    Path file = Files.writeString(folder.resolve("short.txt"), "too short");
    assertEquals(
        Main.BAD_INPUT, run("example", "transformer", "--quick", "--text", file.toString()));
    assertTrue(err.toString().contains("short.txt has 9 characters"), err.toString());
  }

  @Test
  void onlyTheExampleWithAPageServesOne() {
    assertEquals(Main.BAD_INPUT, run("example", "gravity", "--serve"));
    assertTrue(err.toString().contains("The example gravity takes no --serve."), err.toString());
    assertEquals(Main.BAD_INPUT, run("example", "all", "--serve", "8080"));
    assertTrue(err.toString().contains("takes no --serve; name an example"), err.toString());
    assertEquals(Main.BAD_INPUT, run("example", "seeing-digits", "--serve", "70000"));
    assertTrue(err.toString().contains("--serve is 70000"), err.toString());
  }
}
