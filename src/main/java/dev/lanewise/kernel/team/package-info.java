/**
 * Threads: the team that shares a region of work between the processors, its chunks, the scratch
 * memory of each thread, and what the machine can do at most.
 */
@NullMarked
package dev.lanewise.kernel.team;

import org.jspecify.annotations.NullMarked;
