/**
 * Off-heap memory: the caching {@link dev.lanewise.memory.Pool}, the {@link
 * dev.lanewise.memory.Block}s it hands out, and the pages they come from.
 */
@NullMarked
package dev.lanewise.memory;

import org.jspecify.annotations.NullMarked;
