/** The training loop, what it tells its listeners, and the checkpoints that it leaves. */
@NullMarked
package dev.lanewise.train;

import org.jspecify.annotations.NullMarked;
