/** The scalar twins of the kernels: the plainest code that gives what a kernel must give. */
@NullMarked
package dev.lanewise.kernel.scalar;

import org.jspecify.annotations.NullMarked;
