/**
 * Everything that computes with vectors, on raw addresses; a package for each family of kernels,
 * none of them exported. From the ground up, each made of those before it:
 *
 * <ul>
 *   <li>{@code vector}: {@link dev.lanewise.kernel.vector.Lanes}, the width of a vector; {@link
 *       dev.lanewise.kernel.vector.Caches}, what a core keeps near; {@link
 *       dev.lanewise.kernel.vector.Mem} and {@link dev.lanewise.kernel.vector.Operand}, memory as
 *       kernels see it;
 *   <li>{@code team}: {@link dev.lanewise.kernel.team.Team}, the threads; {@link
 *       dev.lanewise.kernel.team.Chunks}, how work is cut for them, always alike, so that the bits
 *       do not depend on their number;
 *   <li>{@code template}: {@link dev.lanewise.kernel.template.Specializer} copies a loop ({@code
 *       UnaryLoop}, {@code ReduceLoop}, ...) for each formula, as a class of its own; what
 *       generators of bytecode share; what serves while a loop is not compiled yet;
 *   <li>{@code elementwise}: {@link dev.lanewise.kernel.elementwise.Elementwise} runs formulas,
 *       {@link dev.lanewise.kernel.elementwise.VectorMath} has the functions; copies and reorders;
 *   <li>{@code block}: {@link dev.lanewise.kernel.block.BlockKernel}, the sum of products on which
 *       convolutions and matrix products are built. {@link dev.lanewise.kernel.block.BlockSpec}
 *       describes one, {@code BlockKernelGenerator} writes its bytecode, {@link
 *       dev.lanewise.kernel.block.BlockKernels} keeps them, {@code InterimBlockKernel} works until
 *       one is compiled;
 *   <li>{@code reduce}, {@code norm}, {@code pool}, {@code random}: a family each;
 *   <li>{@code conv}: {@link dev.lanewise.kernel.conv.Conv2dKernel}; {@code ConvRule} chooses among
 *       the forms {@code Conv...}, {@code Winograd...} and {@code Depthwise};
 *   <li>{@code product}: {@link dev.lanewise.kernel.product.Gemm}; {@link
 *       dev.lanewise.kernel.product.BlasRule} says whether OpenBLAS multiplies, else {@code
 *       SmallGemm}, {@code TurnedGemm}, {@code MediumGemm}, {@code NarrowGemm} or {@code
 *       LargeGemm};
 *   <li>{@code recurrent}: {@link dev.lanewise.kernel.recurrent.RecurrentKernel}, the steps of a
 *       sequence; a {@link dev.lanewise.kernel.recurrent.Cell} for each kind of layer;
 *   <li>{@code update}: {@link dev.lanewise.kernel.update.OptimizerKernel}, a step over all
 *       parameters.
 * </ul>
 *
 * <p>Beside a kernel stands its scalar twin, {@code Scalar...}: the plainest code that gives what
 * the kernel must give, which tests compare it with.
 */
@NullMarked
package dev.lanewise.kernel;

import org.jspecify.annotations.NullMarked;
