/** Maximum and average pooling, forward and backward. */
@NullMarked
package dev.lanewise.kernel.pool;

import org.jspecify.annotations.NullMarked;
