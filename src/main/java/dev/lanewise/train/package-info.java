/**
 * The training loop, {@link dev.lanewise.train.Trainer}, what it tells its {@link
 * dev.lanewise.train.TrainingListener}s, and the {@link dev.lanewise.train.Checkpoints} that it
 * leaves, from which a training goes on with the same bits.
 */
@NullMarked
package dev.lanewise.train;

import org.jspecify.annotations.NullMarked;
