package dev.lanewise.bench;

import java.util.List;

/** c = a + b of few elements, recorded for the gradient of a: the price of one operation. */
record EagerAdd(int elements) implements Case {
  static final String FAMILY = "eager-add";

  /** Additions in one run, which share what a step costs once, such as a scope. */
  static final int REPEATS = 100;

  static EagerAdd parse(String text) {
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException(
          "'%s' is no number of elements; write %s/16.".formatted(text, FAMILY));
    }
    return new EagerAdd(Integer.parseInt(text));
  }

  float[] a() {
    return Numbers.uniform(1, elements);
  }

  float[] b() {
    return Numbers.uniform(2, elements);
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH);
  }

  @Override
  public Unit unit() {
    return Unit.NANOSECONDS;
  }

  @Override
  public double work() {
    return REPEATS;
  }

  @Override
  public String toString() {
    return FAMILY + "/" + elements;
  }
}
