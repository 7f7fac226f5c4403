package dev.lanewise.bench;

import dev.lanewise.blas.Blas;
import dev.lanewise.kernel.product.BlasRule;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;

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
