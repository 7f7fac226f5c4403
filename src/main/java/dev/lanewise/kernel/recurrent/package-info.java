/** Recurrent layers: a step after the other, of whole sequences. */
@NullMarked
package dev.lanewise.kernel.recurrent;

import org.jspecify.annotations.NullMarked;
