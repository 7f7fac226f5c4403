/**
 * Lanewise trains neural networks on the CPU: tensors outside the heap, vector kernels, automatic
 * differentiation, layers, optimisers, data sets and a command.
 *
 * <p>Nothing may be null but what is marked {@code @Nullable}. A wrong argument is an {@link
 * IllegalArgumentException}, something closed or used at the wrong time an {@link
 * IllegalStateException}, each with a sentence; a null is a {@link NullPointerException} whose
 * message names it, at once also where it would only be kept.
 *
 * <p>The packages {@code memory}, {@code blas} and {@code kernel} work on raw addresses and are for
 * the module itself only.
 */
module dev.lanewise {
  requires transitive jdk.incubator.vector;
  requires jdk.jfr;
  requires static org.jspecify;

  // The command and the file formats: whoever uses the library alone needs none of them.
  requires static info.picocli;
  requires static java.desktop;
  requires static java.management;
  requires static jdk.httpserver;
  requires static me.tongfei.progressbar;
  requires static org.knowm.xchart;
  requires static tools.jackson.jr.ob;

  exports dev.lanewise.data;
  exports dev.lanewise.io;
  exports dev.lanewise.model;
  exports dev.lanewise.nn;
  exports dev.lanewise.op;
  exports dev.lanewise.optim;
  exports dev.lanewise.tensor;
  exports dev.lanewise.train;

  opens dev.lanewise.cli to
      info.picocli;
}
