/** Runs test vectors of other engines against this one: any folder of the same format. */
@NullMarked
package dev.lanewise.conformance;

import org.jspecify.annotations.NullMarked;
