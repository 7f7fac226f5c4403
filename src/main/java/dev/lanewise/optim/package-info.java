/**
 * Optimisers: how parameters move along their gradients. An {@link dev.lanewise.optim.Optimizer}
 * has groups of parameters with {@link dev.lanewise.optim.Options}; a {@link
 * dev.lanewise.optim.Schedule} says the learning rate of each step, and an {@link
 * dev.lanewise.optim.LrScheduler} sets it.
 */
@NullMarked
package dev.lanewise.optim;

import org.jspecify.annotations.NullMarked;
