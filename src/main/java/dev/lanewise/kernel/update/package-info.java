/** The steps of optimisers, over all parameters in one pass. */
@NullMarked
package dev.lanewise.kernel.update;

import org.jspecify.annotations.NullMarked;
