package dev.lanewise.example;

import dev.lanewise.tensor.Scope;
import java.io.IOException;
import java.util.Set;

/** A worked example: what a lecture computes, computed here and compared. */
public abstract class Example {
  private final int row;
  private final String name;
  private final String title;

  /**
   * @param row the number in the tutorial
   * @param name what the command calls it
   * @param title one line
   */
  protected Example(int row, String name, String title) {
    this.row = row;
    this.name = name;
    this.title = title;
  }

  /** The number in the tutorial. */
  public final int row() {
    return row;
  }

  /** What the command calls it. */
  public final String name() {
    return name;
  }

  /** One line. */
  public final String title() {
    return title;
  }

  /** The options of the command that it takes beside the common ones. */
  public Set<String> options() {
    return Set.of();
  }

  /**
   * Computes, prints, compares and draws.
   *
   * @throws MissingDataException when files that it needs are not there
   * @throws IOException when a picture cannot be written or data not be read
   */
  protected abstract void run(Output out) throws IOException;

  /**
   * Runs the example; what it has made is freed, and {@code out} then knows whether all agreed.
   *
   * @throws MissingDataException when files that it needs are not there
   * @throws IOException when a picture cannot be written or data not be read
   */
  public final void show(Output out) throws IOException {
    out.say("%d. %s: %s", row, name, title);
    try (Scope _ = Scope.open()) {
      run(out);
    }
  }
}
