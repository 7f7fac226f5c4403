/**
 * Tensors, their shapes, lifetimes and the tape that records what was done with them. {@link
 * dev.lanewise.tensor.Tensor} inherits its operations from one class for each kind ({@link
 * dev.lanewise.tensor.ElementwiseOps}, {@link dev.lanewise.tensor.ShapeOps}, ...); each makes an
 * {@link dev.lanewise.op.Op} and applies it. What is applied becomes a {@link
 * dev.lanewise.tensor.Node}, and {@link dev.lanewise.tensor.Tape} goes back through the nodes. A
 * {@link dev.lanewise.tensor.Scope} closes what was made inside it.
 */
@NullMarked
package dev.lanewise.tensor;

import org.jspecify.annotations.NullMarked;
