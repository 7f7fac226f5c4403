package dev.lanewise.train;

/**
 * What a listener learns after each step.
 *
 * @param epoch from 1
 * @param step within the epoch, from 1
 * @param samples in the batch
 * @param loss before the update
 */
public record StepResult(int epoch, int step, int samples, float loss) {}
