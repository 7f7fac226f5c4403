/**
 * The block kernel that all products come down to: its specification, its generator, the forms that
 * serve before and beside it.
 */
@NullMarked
package dev.lanewise.kernel.block;

import org.jspecify.annotations.NullMarked;
