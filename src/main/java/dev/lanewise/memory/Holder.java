package dev.lanewise.memory;

/** What all live blocks of one label hold together. Guarded by the pool's lock. */
final class Holder {
  final String label;
  long blocks;
  long bytes;

  Holder(String label) {
    this.label = label;
  }
}
