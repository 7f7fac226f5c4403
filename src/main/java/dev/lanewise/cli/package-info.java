/**
 * The {@code lanewise} command: {@link dev.lanewise.cli.Main} and one class for each subcommand.
 * What the user gave wrong is one sentence and exit code 2 ({@link dev.lanewise.cli.Failure}).
 */
@NullMarked
package dev.lanewise.cli;

import org.jspecify.annotations.NullMarked;
