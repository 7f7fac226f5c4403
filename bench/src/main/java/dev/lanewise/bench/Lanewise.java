package dev.lanewise.bench;

import dev.lanewise.kernel.Lanes;
import dev.lanewise.kernel.Team;

/** What the Lanewise side needs beside the library's own classes. */
final class Lanewise {
  private Lanewise() {}

  /** The library in one line. */
  static String describe() {
    return "Lanewise, %d lanes, %d threads".formatted(Lanes.L, Team.global().threads());
  }
}
