/**
 * Code made at run time: templates specialised to an operation, and what generators of kernels
 * share.
 */
@NullMarked
package dev.lanewise.kernel.template;

import org.jspecify.annotations.NullMarked;
