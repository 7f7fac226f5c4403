/** Layers with PyTorch's names and defaults, and the initialisers of their parameters. */
@NullMarked
package dev.lanewise.nn;

import org.jspecify.annotations.NullMarked;
