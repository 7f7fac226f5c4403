package dev.lanewise.bench;

/** What a figure says; it is computed from the work of one run and the time that it took. */
enum Unit {
  SAMPLES("samples/s") {
    @Override
    double figure(double work, double microseconds) {
      return work * 1e6 / microseconds;
    }
  },
  STEPS("steps/s") {
    @Override
    double figure(double work, double microseconds) {
      return work * 1e6 / microseconds;
    }
  },
  /** A multiply-add counts two; those with padding are counted. */
  GFLOPS("GFLOP/s") {
    @Override
    double figure(double work, double microseconds) {
      return work / (microseconds * 1e3);
    }
  },
  /** Each tensor that has to be read or written counts once. */
  GIGABYTES("GB/s") {
    @Override
    double figure(double work, double microseconds) {
      return work / (microseconds * 1e3);
    }
  },
  NANOSECONDS("ns") {
    @Override
    double figure(double work, double microseconds) {
      return microseconds * 1e3 / work;
    }
  },
  MICROSECONDS("µs") {
    @Override
    double figure(double work, double microseconds) {
      return microseconds / work;
    }
  };

  private final String text;

  Unit(String text) {
    this.text = text;
  }

  abstract double figure(double work, double microseconds);

  @Override
  public String toString() {
    return text;
  }
}
