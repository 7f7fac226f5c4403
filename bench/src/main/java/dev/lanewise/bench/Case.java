package dev.lanewise.bench;

import java.util.List;

/**
 * One thing that all sides do: a row of the table. Its text form, {@code family/shape} or {@code
 * family/shape/pass}, names it on a command line and in files.
 */
sealed interface Case
    permits NetworkRun, Convolution, ImageOp, Loss, Update, EagerAdd, Gemm, OpRow {
  /** The name of the row, and what {@link #parse} understands. */
  @Override
  String toString();

  /** Who can do it. */
  List<Side> sides();

  /** What {@link #work} counts. */
  Unit unit();

  /** Samples, operations or bytes of one run. */
  double work();

  /** Arithmetic operations of one run, to be compared with the peak; 0 where they do not matter. */
  default double flops() {
    return unit() == Unit.GFLOPS ? work() : 0;
  }

  /** Whether the speed of memory is its limit. */
  default boolean boundByMemory() {
    return unit() == Unit.GIGABYTES && flops() == 0;
  }

  /** How far results of two sides may differ, as a part of the first of them. */
  default double tolerance() {
    return 1e-3;
  }

  /** What is compared: the root of the mean square, then some elements. */
  default float[] digest(float[] result) {
    return Digest.of(result);
  }

  /**
   * Whether it is a network, which has a process of its own, so that its memory can be told and
   * that nothing else has shaped the compiled code.
   */
  default boolean alone() {
    return false;
  }

  /** The part before the first slash. */
  default String family() {
    String text = toString();
    return text.substring(0, text.indexOf('/'));
  }

  /**
   * The case of that text, for example {@code train/mlp/64}, {@code gemm/64x512x784:NT} or {@code
   * conv/64x64x32x32:64:3:1:1/forward}.
   *
   * @throws IllegalArgumentException when there is none
   */
  static Case parse(String text) {
    int slash = text.indexOf('/');
    String family = slash < 0 ? text : text.substring(0, slash);
    String rest = slash < 0 ? "" : text.substring(slash + 1);
    return switch (family) {
      case NetworkRun.TRAINING, NetworkRun.EVALUATION -> NetworkRun.parse(family, rest);
      case Convolution.FAMILY -> Convolution.parse(rest);
      case Loss.FAMILY -> Loss.parse(rest);
      case Update.FAMILY -> new Update(Network.named(rest));
      case EagerAdd.FAMILY -> EagerAdd.parse(rest);
      case Gemm.FAMILY -> Gemm.parse(rest);
      case OpRow.FAMILY -> OpRow.parse(rest);
      default -> ImageOp.parse(family, rest);
    };
  }
}
