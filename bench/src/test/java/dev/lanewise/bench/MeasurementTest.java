package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MeasurementTest {
  @Test
  void whatAProcessPrintsIsRead() {
    Measurement measurement =
        Measurement.parse(
            """
            WARNING: something else
            > result\tsgd/mlp\t1.5 2.0 NaN\tNCHW
            > times\tsgd/mlp\t3.0 1.0 2.0
            > handover\tsgd/mlp\t310.0 60.0 55.0
            > description\t\tlibtorch, 2 threads
            > missing\tsgd/lenet5\tno such thing
            > peak-memory\t\t4096
            """,
            0.25);
    assertEquals("libtorch, 2 threads", measurement.description());
    assertEquals(4096, measurement.peakMemory());
    assertEquals(0.25, measurement.bystanders());
    Measurement.Sample sample = measurement.samples().get("sgd/mlp");
    assertArrayEquals(new float[] {1.5f, 2, Float.NaN}, sample.result());
    assertEquals(2, sample.microseconds());
    assertEquals("NCHW", sample.note());
    assertEquals(60, sample.handover());
    assertTrue(Double.isNaN(measurement.samples().get("sgd/lenet5").microseconds()));
  }

  @Test
  void sidesThatDifferEndTheRun() {
    Case what = Case.parse("sgd/mlp");
    Measurement one = Measurement.parse("> result\tsgd/mlp\t1 2\t\n> times\tsgd/mlp\t1", 0);
    Measurement same = Measurement.parse("> result\tsgd/mlp\t1 2.0001\t\n> times\tsgd/mlp\t1", 0);
    Measurement other = Measurement.parse("> result\tsgd/mlp\t1 3\t\n> times\tsgd/mlp\t1", 0);
    Turns.checkSame(what, Map.of(Side.LANEWISE, one, Side.LIBTORCH, same));
    assertThrows(
        IllegalArgumentException.class,
        () -> Turns.checkSame(what, Map.of(Side.LANEWISE, one, Side.LIBTORCH, other)));
  }

  @Test
  void limitsAreReadAndShared() {
    Limits limits = Limits.parse("noise\n> 400.0 36.0 20.0 30.0 55.0\n");
    assertEquals(30, limits.bandwidth());
    assertEquals(0.5, limits.share(Case.parse("gemm/1000x1000x1000:NN"), 10_000), 1e-12);
    Case relu = Case.parse("relu/64x64x32x32/forward");
    assertEquals(1, limits.share(relu, relu.work() / 30e3), 1e-12);
    assertEquals(0, limits.share(Case.parse("eager-add/16"), 10));
  }
}
