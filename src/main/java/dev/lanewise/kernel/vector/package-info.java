/**
 * The ground of all kernels: the width of vectors, the caches of a core, the address space as one
 * segment, places in memory, loops over strides.
 */
@NullMarked
package dev.lanewise.kernel.vector;

import org.jspecify.annotations.NullMarked;
