package dev.lanewise.bench;

import dev.lanewise.blas.Blas;
import dev.lanewise.kernel.BlasRule;
import dev.lanewise.kernel.Lanes;
import dev.lanewise.kernel.Team;

/** What the Lanewise side needs beside the library's own classes. */
final class Lanewise {
  private Lanewise() {}

  /** The library in one line. */
  static String describe() {
    Blas blas = BlasRule.chosen();
    return "Lanewise, %d lanes, %d threads, %s %s"
        .formatted(Lanes.L, Team.global().threads(), blas.name(), blas.core());
  }
}
