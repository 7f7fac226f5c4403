package dev.lanewise.tensor;

import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;

/** A function of two [3, 4], and what it is by definition, of their elements in order. */
record Definition(GradientCheck.Case function, BiFunction<double[], double[], double[]> value) {

  static double[] table(int n, IntToDoubleFunction value) {
    double[] all = new double[n];
    Arrays.setAll(all, value);
    return all;
  }

  static Definition each(GradientCheck.Case function, BiFunction<Double, Double, Double> f) {
    return new Definition(function, (a, b) -> table(12, i -> f.apply(a[i], b[i])));
  }
}
