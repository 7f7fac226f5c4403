package dev.lanewise.op;

/** Calls of operations by indices. */
final class IndexSamples extends SampleSet {
  @Override
  void samples() {}
}
