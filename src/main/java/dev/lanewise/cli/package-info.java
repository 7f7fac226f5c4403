/** The {@code lanewise} command. */
@NullMarked
package dev.lanewise.cli;

import org.jspecify.annotations.NullMarked;
