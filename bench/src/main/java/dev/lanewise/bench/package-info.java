/**
 * Networks, kernels and operations of Lanewise beside those of libtorch, oneDNN and OpenBLAS.
 *
 * <p>A {@link dev.lanewise.bench.Case} says what is measured, a {@link dev.lanewise.bench.Work} is
 * what a side does for it, {@link dev.lanewise.bench.WorkBench} times that with JMH in the process
 * of {@link dev.lanewise.bench.Measuring}, and {@link dev.lanewise.bench.Compare} starts the
 * processes and prints the ratios.
 */
@NullMarked
package dev.lanewise.bench;

import org.jspecify.annotations.NullMarked;
