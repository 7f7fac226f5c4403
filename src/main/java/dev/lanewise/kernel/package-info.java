/**
 * Everything that computes with vectors, on raw addresses; not exported. Where to begin:
 *
 * <ul>
 *   <li>{@link dev.lanewise.kernel.Lanes}: the width of a vector; {@link dev.lanewise.kernel.Mem}
 *       and {@link dev.lanewise.kernel.Operand}: memory as kernels see it;
 *   <li>{@link dev.lanewise.kernel.Team}: the threads, and {@link dev.lanewise.kernel.Chunks}: how
 *       work is cut for them, always alike, so that the bits do not depend on their number;
 *   <li>{@link dev.lanewise.kernel.BlockKernel}: the sum of products on which convolutions and
 *       matrix products are built. {@link dev.lanewise.kernel.BlockSpec} describes one, {@link
 *       dev.lanewise.kernel.BlockKernelGenerator} writes its bytecode, {@link
 *       dev.lanewise.kernel.BlockKernels} keeps them, {@link
 *       dev.lanewise.kernel.InterimBlockKernel} works until one is compiled;
 *   <li>{@link dev.lanewise.kernel.Gemm}: matrix products; {@link dev.lanewise.kernel.BlasRule}
 *       says whether OpenBLAS does them, else {@code SmallGemm}, {@code NarrowGemm} or {@code
 *       LargeGemm};
 *   <li>{@link dev.lanewise.kernel.Conv2dKernel}: convolutions; {@link
 *       dev.lanewise.kernel.ConvRule} chooses among the forms {@code Conv...}, {@code Winograd...}
 *       and {@code Depthwise};
 *   <li>{@link dev.lanewise.kernel.Specializer}: copies a loop ({@code UnaryLoop}, {@code
 *       ReduceLoop}, ...) for each formula, as a class of its own. {@link
 *       dev.lanewise.kernel.Elementwise}, {@link dev.lanewise.kernel.Reduction} and {@link
 *       dev.lanewise.kernel.OptimizerKernel} run them; {@link dev.lanewise.kernel.VectorMath} has
 *       the functions;
 *   <li>{@code Pooling}, {@code BatchNormKernel}, {@code RowNormKernel}, {@code SoftmaxKernel},
 *       {@code Attention}, {@code DropoutKernel}, {@code Scan}, {@code Sorting}, {@code Indexing},
 *       {@code Reorder}: one family each.
 * </ul>
 *
 * <p>The plain twins that tests compare with are in {@link dev.lanewise.kernel.scalar}.
 */
@NullMarked
package dev.lanewise.kernel;

import org.jspecify.annotations.NullMarked;
