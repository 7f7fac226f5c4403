/** Reductions, choices, scans, sorting, and what moves elements by index. */
@NullMarked
package dev.lanewise.kernel.reduce;

import org.jspecify.annotations.NullMarked;
