/** Tensors, their shapes, lifetimes and the tape that records what was done with them. */
@NullMarked
package dev.lanewise.tensor;

import org.jspecify.annotations.NullMarked;
