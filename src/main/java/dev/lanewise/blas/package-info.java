/**
 * Matrix products: the {@link dev.lanewise.blas.Blas} interface, {@link dev.lanewise.blas.OpenBlas}
 * behind it, and how the OpenBLAS library is found, unpacked, verified and loaded ({@link
 * dev.lanewise.blas.BlasChoice}).
 */
@NullMarked
package dev.lanewise.blas;

import org.jspecify.annotations.NullMarked;
