package dev.lanewise.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What one process reported.
 *
 * @param samples by the name of the case
 * @param peakMemory bytes, 0 where not known
 * @param bystanders the cores that other processes kept busy meanwhile
 */
record Measurement(
    String description, Map<String, Sample> samples, long peakMemory, double bystanders) {
  /**
   * One case.
   *
   * @param microseconds the median time of one run
   * @param note what the side chose, such as a layout
   * @param handover nanoseconds, the median of the iterations; 0 where none was measured
   */
  record Sample(float[] result, double microseconds, String note, double handover) {
    Sample handedOver(double nanos) {
      return new Sample(result, microseconds, note, nanos);
    }
  }

  /** Reads what {@link Measuring} printed. */
  static Measurement parse(String output, double bystanders) {
    String description = "";
    long peakMemory = 0;
    Map<String, float[]> results = new HashMap<>();
    Map<String, String> notes = new HashMap<>();
    Map<String, Sample> samples = new HashMap<>();
    for (String line : output.lines().toList()) {
      if (!line.startsWith(Measuring.MARK)) {
        continue;
      }
      String[] parts = line.substring(Measuring.MARK.length()).split(Measuring.TAB, -1);
      switch (parts[0]) {
        case Measuring.DESCRIPTION -> description = parts[2];
        case Measuring.PEAK_MEMORY -> peakMemory = Long.parseLong(parts[2]);
        case Measuring.RESULT -> {
          results.put(parts[1], floats(parts[2]));
          notes.put(parts[1], parts[3]);
        }
        case Measuring.TIMES ->
            samples.put(
                parts[1],
                new Sample(
                    results.get(parts[1]), Row.median(numbers(parts[2])), notes.get(parts[1]), 0));
        case Measuring.HANDOVER ->
            samples.computeIfPresent(
                parts[1], (_, sample) -> sample.handedOver(Row.median(numbers(parts[2]))));
        case Measuring.MISSING ->
            samples.put(parts[1], new Sample(new float[0], Double.NaN, parts[2], 0));
        default -> throw new IllegalArgumentException("A process said '%s'.".formatted(line));
      }
    }
    return new Measurement(description, samples, peakMemory, bystanders);
  }

  private static double[] numbers(String text) {
    return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  private static float[] floats(String text) {
    double[] numbers = numbers(text);
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }
}
