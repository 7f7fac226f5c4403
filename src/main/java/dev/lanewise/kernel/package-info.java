/**
 * Everything that computes with vectors: the block kernels and their generator, the matrix product
 * in pure Java, the specialised loops, and the team of threads that runs them. Not exported.
 */
@NullMarked
package dev.lanewise.kernel;

import org.jspecify.annotations.NullMarked;
