package dev.lanewise.train;

import java.util.Objects;

/**
 * What a listener learns after each epoch.
 *
 * @param epoch from 1
 * @param trainLoss the mean loss of the samples, each as its step saw it
 * @param validation on the held-out samples, after the epoch
 * @param samplesPerSecond trained, without the time of validation
 * @param seconds of the whole epoch, validation included
 */
public record EpochResult(
    int epoch, double trainLoss, Evaluation validation, double samplesPerSecond, double seconds) {
  public EpochResult {
    Objects.requireNonNull(validation, "validation");
  }
}
