package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static double[] first(Schedule schedule, int count) {
    double[] rates = new double[count];
    for (int k = 0; k < count; k++) {
      rates[k] = schedule.lr(1, k, count);
    }
    return rates;
  }

  private static void check(Schedule schedule, double... expected) {
    assertArrayEquals(expected, first(schedule, expected.length), 1e-12);
  }

  @Test
  void constantStays() {
    assertEquals(1, Schedule.CONSTANT.factor(7, 10));
  }

  @Test
  void cosineFallsFromOneToZero() {
    assertEquals(1, Schedule.COSINE.factor(0, 10));
    assertEquals(0.75, Schedule.COSINE.factor(10, 30), 1e-12);
    assertEquals(0.5, Schedule.COSINE.factor(5, 10), 1e-12);
    assertEquals(0, Schedule.COSINE.factor(10, 10), 1e-12);
  }

  @Test
  void oneOverTheSquareRootAfterAWarmUp() {
    check(
        Schedule.inverseSquareRoot(4), 0.25, 0.5, 0.75, 1, Math.sqrt(4 / 5.0), Math.sqrt(4 / 6.0));
  }

  @Test
  void steps() {
    check(Schedule.step(2, 0.5), 1, 1, 0.5, 0.5, 0.25);
    check(Schedule.multistep(List.of(1L, 3L), 0.1), 1, 0.1, 0.1, 0.01);
    check(Schedule.exponential(0.5), 1, 0.5, 0.25);
    check(Schedule.constant(0.5, 2), 0.5, 0.5, 1, 1);
    check(Schedule.linear(0.5, 1, 2), 0.5, 0.75, 1, 1);
    check(Schedule.polynomial(2, 2), 1, 0.25, 0, 0);
    check(Schedule.lambda(step -> 1.0 / (1 + step)), 1, 0.5, 1.0 / 3);
    check(Schedule.MULTISTEP, 1, 1, 0.1, 0.01);
    check(Schedule.step(1, 0.5).every(3), 1, 1, 1, 0.5);
  }

  @Test
  void restartsGrow() {
    check(
        Schedule.warmRestarts(2, 2, 0.5),
        1,
        0.75,
        1,
        0.926776695296637,
        0.75,
        0.573223304703363,
        1);
  }

  @Test
  void oneAfterTheOtherAndAllAtOnce() {
    Schedule warm = Schedule.constant(0.1, 9);
    check(
        Schedule.sequential(List.of(warm, Schedule.exponential(0.5)), List.of(2L)),
        0.1,
        0.1,
        1,
        0.5,
        0.25);
    check(Schedule.chained(List.of(warm, Schedule.exponential(0.5))), 0.1, 0.05, 0.025);
    assertThrows(
        IllegalArgumentException.class, () -> Schedule.sequential(List.of(warm), List.of(2L)));
  }

  @Test
  void cycles() {
    Cyclic cyclic = new Cyclic(0.1, 0.5, 2, 4, Cyclic.Mode.TRIANGULAR2, 1, true, 0.8, 0.9);
    check(cyclic, 0.1, 0.3, 0.5, 0.4, 0.3, 0.2, 0.1, 0.2, 0.3);
    assertEquals(0.8, cyclic.momentum(2, 9), 1e-12);
    Schedule one = new OneCycle(1, 10, 0.3, false, 10, 10, true, true, 0.8, 0.9);
    check(one, 0.1, 0.55, 1, 0.55, 0.1, 0.082, 0.064, 0.046, 0.028, 0.01);
  }

  @Test
  void aSchedulerKeepsTheGroupsApart() {
    Sgd sgd =
        new Sgd(
            List.of(
                new ParameterGroup(Map.of(), Options.of("lr", 1)),
                new ParameterGroup(Map.of(), Options.of("lr", 0.1).with("momentum", 0.5))));
    LrScheduler scheduler = new LrScheduler(sgd, Schedule.exponential(0.5), 10);
    scheduler.step();
    assertEquals(0.5, sgd.groups().get(0).lr());
    assertEquals(0.05, sgd.groups().get(1).lr());
    scheduler.restore();
    assertEquals(0.1, sgd.groups().get(1).lr());
    assertEquals(0.5, sgd.groups().get(1).options().get("momentum"));
  }

  @Test
  void aPlateauLowersTheRateAndGoesOnFromItsState() {
    Sgd sgd = new Sgd(Map.of(), Options.of("lr", 1));
    ReduceOnPlateau.Settings settings =
        new ReduceOnPlateau.Settings(true, 0.5, 1, 0.1, false, 2, 0.2, 1e-8);
    ReduceOnPlateau plateau = new ReduceOnPlateau(sgd, settings);
    double[] metrics = {1, 2, 2.05, 2.05, 2, 2, 2, 2, 2, 2};
    double[] rates = new double[metrics.length];
    for (int k = 0; k < metrics.length; k++) {
      plateau.step(metrics[k]);
      rates[k] = sgd.lr();
      ReduceOnPlateau next = new ReduceOnPlateau(sgd, settings);
      next.load(plateau.state());
      plateau = next;
    }
    assertArrayEquals(new double[] {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25}, rates);
  }

  @Test
  void clippingAndAveraging() {
    Tensor w = Tensor.ones(2).requireGrad();
    w.setGrad(Tensor.of(new float[] {3, -4}, 2));
    assertEquals(5, ClipGradients.byNorm(List.of(w), 10), 1e-6);
    assertArrayEquals(new float[] {3, -4}, w.grad().toArray());
    assertEquals(7, ClipGradients.byNorm(List.of(w), 3.5, 1), 1e-6);
    assertArrayEquals(new float[] {1.5f, -2}, w.grad().toArray(), 1e-6f);
    ClipGradients.byValue(List.of(w), 1);
    assertArrayEquals(new float[] {1, -1}, w.grad().toArray());
    WeightAverage average = new WeightAverage(Map.of("w", w), 0.75);
    w.copyFrom(new float[] {5, -3});
    average.update();
    average.swap();
    assertArrayEquals(new float[] {2, 0}, w.toArray());
    average.swap();
    assertArrayEquals(new float[] {5, -3}, w.toArray());
  }
}
