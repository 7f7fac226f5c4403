package dev.lanewise.op;

import java.util.ArrayList;
import java.util.List;

/**
 * Calls of every op of the catalogue, good and bad ones, from a file for each kind. Whoever adds an
 * op adds a line to the file of its kind: {@link OpCatalogueTest} fails until it is there, and then
 * every test that walks the samples tests it.
 */
final class OpSamples {
  private OpSamples() {}

  private static List<SampleSet> sets() {
    return List.of(
        new ElementwiseSamples(),
        new ActivationSamples(),
        new ReductionSamples(),
        new ProductSamples(),
        new ShapeSamples(),
        new IndexSamples(),
        new NeuralSamples(),
        new LossSamples());
  }

  /** All samples, images among them in a batch of three. */
  static List<Sample> all() {
    List<Sample> all = new ArrayList<>();
    for (SampleSet set : sets()) {
      set.samples();
      set.images(3);
      all.addAll(set.samples);
    }
    return all;
  }

  /** Samples whose images come in a batch of {@code n}. */
  static List<Sample> images(int n) {
    List<Sample> images = new ArrayList<>();
    for (SampleSet set : sets()) {
      set.images(n);
      images.addAll(set.samples);
    }
    return images;
  }

  /** Calls that must be refused. */
  static List<SampleSet.Bad> bad() {
    List<SampleSet.Bad> bad = new ArrayList<>();
    for (SampleSet set : sets()) {
      set.refused();
      bad.addAll(set.bad);
    }
    return bad;
  }
}
