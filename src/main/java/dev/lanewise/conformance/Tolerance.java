package dev.lanewise.conformance;

/** How far an element may differ: by {@code absolute + relative |reference|}. */
record Tolerance(double relative, double absolute) {}
