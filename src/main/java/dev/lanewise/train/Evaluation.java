package dev.lanewise.train;

/**
 * How well a network does on a data set.
 *
 * @param loss the mean cross-entropy of the samples
 * @param accuracy the share of samples, from 0 to 1, whose highest logit is that of their label
 * @param samples how many there were
 */
public record Evaluation(double loss, double accuracy, long samples) {}
