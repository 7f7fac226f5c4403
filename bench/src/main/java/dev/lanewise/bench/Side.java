package dev.lanewise.bench;

import dev.lanewise.kernel.team.Team;
import java.util.List;
import java.util.Locale;

/** Who is measured. */
enum Side {
  LANEWISE {
    @Override
    Work work(Case what) {
      return LanewiseWorks.of(what);
    }

    @Override
    String describe() {
      return Lanewise.describe();
    }

    @Override
    void started() {
      Team.global().useAllProcessors();
    }

    @Override
    List<String> flags() {
      // As `./lanewise` starts its JVM.
      return List.of("--add-modules=jdk.incubator.vector", "-XX:Tier3DelayOn=100000");
    }
  },

  LIBTORCH {
    @Override
    Work work(Case what) {
      return LibtorchWorks.of(what);
    }

    @Override
    String describe() {
      return Libtorch.describe();
    }
  },

  /** oneDNN without anything around it. */
  ONEDNN {
    @Override
    Work work(Case what) {
      return OneDnnWorks.of(what);
    }

    @Override
    String describe() {
      return OneDnn.describe();
    }
  },

  /** The OpenBLAS that Lanewise brings along, with its own threads. */
  OPENBLAS {
    @Override
    Work work(Case what) {
      return new OpenBlasProduct((Gemm) what);
    }

    @Override
    String describe() {
      return OpenBlasProduct.describe();
    }

    @Override
    List<String> flags() {
      return List.of("--add-modules=jdk.incubator.vector");
    }
  };

  abstract Work work(Case what);

  /** Versions, processor features, libraries and threads in use, in one line. */
  abstract String describe();

  /** Its warm-up is over: what it does for the sake of its start ends. */
  void started() {}

  /** Flags of its JVM beside those of all sides. */
  List<String> flags() {
    // Keeps JavaCPP from reading the size of the process at each new object.
    return List.of("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
  }

  /** All but Lanewise. */
  boolean peer() {
    return this != LANEWISE;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
