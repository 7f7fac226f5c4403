/**
 * The catalogue of differentiable operations: one file an operation, with its attributes, shape
 * rule, forward, backward and mathematics.
 */
@NullMarked
package dev.lanewise.op;

import org.jspecify.annotations.NullMarked;
