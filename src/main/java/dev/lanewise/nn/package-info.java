/**
 * Layers with PyTorch's names and defaults, and the initialisers of their parameters. A {@link
 * dev.lanewise.nn.Layer} names its parameters, buffers and the layers inside it; {@link
 * dev.lanewise.nn.Sequential} chains them. Losses are values: {@link dev.lanewise.nn.Loss}.
 */
@NullMarked
package dev.lanewise.nn;

import org.jspecify.annotations.NullMarked;
