/** Bindings of OpenBLAS as jextract writes them; {@code jextract/generate.sh} makes them anew. */
@NullUnmarked
package dev.lanewise.blas.openblas;

import org.jspecify.annotations.NullUnmarked;
