package dev.lanewise.conformance;

/** Operations that take indices. */
final class IndexCases {
  private IndexCases() {}

  static void register() {}
}
