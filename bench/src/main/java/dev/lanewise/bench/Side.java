package dev.lanewise.bench;

import java.util.Locale;

/** Who is measured. */
enum Side {
  LANEWISE("Lanewise") {
    @Override
    Training training(Workload workload) {
      return new LanewiseTraining(workload);
    }

    @Override
    Product product(Case.Gemm gemm) {
      return new LanewiseProduct(gemm);
    }

    @Override
    String describe() {
      return Lanewise.describe();
    }
  },

  LIBTORCH("Libtorch") {
    @Override
    Training training(Workload workload) {
      return new LibtorchTraining(workload);
    }

    @Override
    Product product(Case.Gemm gemm) {
      return new LibtorchProduct(gemm);
    }

    @Override
    String describe() {
      return Libtorch.describe();
    }
  };

  private final String nested;

  Side(String nested) {
    this.nested = nested;
  }

  abstract Training training(Workload workload);

  abstract Product product(Case.Gemm gemm);

  /** Versions, processor features, libraries and threads in use, in one line. */
  abstract String describe();

  /** The name of the class within a JMH class that is this side's. */
  String nestedClass() {
    return nested;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
