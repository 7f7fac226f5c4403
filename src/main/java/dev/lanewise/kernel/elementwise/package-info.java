/**
 * Whatever treats each element alone: formulas of one and two operands and their loops, functions
 * as polynomials, conversions, copies and reorders.
 */
@NullMarked
package dev.lanewise.kernel.elementwise;

import org.jspecify.annotations.NullMarked;
