/** Random numbers that depend on seed and place alone, and dropout. */
@NullMarked
package dev.lanewise.kernel.random;

import org.jspecify.annotations.NullMarked;
