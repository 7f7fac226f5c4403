/**
 * Data sets and how they are fed to a network: image files in IDX format, digits drawn by code,
 * splits, normalisation, and mini-batches prepared in the background.
 *
 * <pre>{@code
 * Dataset digits = Dataset.open("synthetic-digits", 1);
 * Normalization scale = Normalization.of(digits.train());
 * Split split = Split.twelfth(digits.train().normalized(scale), 1);
 * try (var loader = BatchLoader.shuffled(split.train(), 64, 1)) {
 *   for (Batch batch : loader.epoch(0)) {
 *     Tensor images = batch.images();
 *     Tensor labels = batch.labels();
 *   }
 * }
 * }</pre>
 */
@NullMarked
package dev.lanewise.data;

import org.jspecify.annotations.NullMarked;
