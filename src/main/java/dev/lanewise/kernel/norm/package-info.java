/** Normalisation over a batch and over rows, softmax and cross-entropy. */
@NullMarked
package dev.lanewise.kernel.norm;

import org.jspecify.annotations.NullMarked;
