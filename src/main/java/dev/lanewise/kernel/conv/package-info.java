/**
 * Convolution: direct, depthwise, by Winograd, for few images; its three passes, and the rule that
 * chooses.
 */
@NullMarked
package dev.lanewise.kernel.conv;

import org.jspecify.annotations.NullMarked;
