package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import dev.lanewise.kernel.elementwise.BinaryFormula;
import dev.lanewise.kernel.elementwise.CompareFormula;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The loop of every elementwise formula, forward and fused derivative, keeps its vectors in
 * registers, whatever ran before it in this JVM: here the whole catalogue.
 */
class FormulaHeapTest {

  /** One box a vector would be eighty times this even with vectors of 512 bits. */
  private static final long BYTES_PER_CALL = 500;

  private static final int ROWS = 48;
  private static final int COLUMNS = 130;
  private static final int N = ROWS * COLUMNS;
  private static final int CALLS = 100;
  private static final long DEADLINE_NANOS = 120_000_000_000L;

  @Test
  void hotFormulasAllocateNothing() {
    int threads = Team.global().threads();
    Team.global().setThreads(1);
    try (Scope scope = Scope.open()) {
      runTheCatalogue();
      Tensor x = between(0.1f, 0.9f);
      Tensor y = between(0.2f, 0.8f);
      Tensor z = Tensor.zeros(N);
      Map<String, Runnable> open = loops(x, y, z);
      Map<String, Long> bytes = new TreeMap<>();
      long start = System.nanoTime();
      // The compiler works in the background: each until it is done with it.
      while (!open.isEmpty() && System.nanoTime() - start < DEADLINE_NANOS) {
        open.forEach((name, loop) -> bytes.put(name, bytesPerCall(loop)));
        bytes.values().removeIf(perCall -> perCall <= BYTES_PER_CALL);
        open.keySet().retainAll(bytes.keySet());
      }
      assertTrue(open.isEmpty(), () -> "bytes allocated by a call: " + bytes);
    } finally {
      Team.global().setThreads(threads);
    }
  }

  private static Tensor between(float first, float last) {
    float[] values = new float[N];
    for (int i = 0; i < N; i++) {
      values[i] = first + (last - first) * i / N;
    }
    return Tensor.of(values, N);
  }

  private static void runTheCatalogue() {
    for (Sample sample : OpSamples.all()) {
      try (Scope scope = Scope.open()) {
        List<Tensor> leaves = new ArrayList<>();
        Tensor y = sample.apply(tensor -> tensor, leaves);
        if (!leaves.isEmpty()) {
          y.sum().backward();
        }
      }
    }
  }

  private static Map<String, Runnable> loops(Tensor x, Tensor y, Tensor z) {
    Map<String, Runnable> loops = new LinkedHashMap<>();
    for (Sample sample : OpSamples.all()) {
      if (sample.op() instanceof UnaryFormula formula) {
        loops.put(formula + " forward", () -> Elementwise.unary(formula, x, z, N));
        loops.put(formula + " derivative", () -> Elementwise.unaryGradient(formula, x, y, y, z, N));
      } else if (sample.op() instanceof BinaryFormula formula) {
        addBinary(formula, loops, x, y, z);
      }
    }
    for (BinaryFormula formula :
        List.of(
            new CompareFormula.Equal(),
            new CompareFormula.NotEqual(),
            new CompareFormula.Less(),
            new CompareFormula.LessOrEqual())) {
      addBinary(formula, loops, x, y, z);
    }
    return loops;
  }

  private static void addBinary(
      BinaryFormula formula, Map<String, Runnable> loops, Tensor x, Tensor y, Tensor z) {
    int[] dims = {ROWS, COLUMNS};
    long[] full = {COLUMNS, 1};
    long[] single = {1, 0};
    loops.put(formula + " flat", () -> Elementwise.binaryFlat(formula, x, y, z, N));
    loops.put(
        formula + " column on the right",
        () -> Elementwise.binary(formula, x, full, y, single, z, dims));
    loops.put(
        formula + " column on the left",
        () -> Elementwise.binary(formula, x, single, y, full, z, dims));
  }

  private static long bytesPerCall(Runnable loop) {
    long before = HeapMeter.bytes();
    for (int i = 0; i < CALLS; i++) {
      loop.run();
    }
    return (HeapMeter.bytes() - before) / CALLS;
  }
}
