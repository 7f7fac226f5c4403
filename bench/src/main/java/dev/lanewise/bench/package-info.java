/**
 * Training steps and matrix products of Lanewise beside those of libtorch.
 *
 * <p>A {@link dev.lanewise.bench.Case} says what is measured, {@link dev.lanewise.bench.Training}
 * and {@link dev.lanewise.bench.Product} are what either side does, {@link
 * dev.lanewise.bench.TrainStepBench} and {@link dev.lanewise.bench.GemmBench} time them with JMH,
 * and {@link dev.lanewise.bench.Compare} starts the processes and prints the ratios.
 */
@NullMarked
package dev.lanewise.bench;

import org.jspecify.annotations.NullMarked;
