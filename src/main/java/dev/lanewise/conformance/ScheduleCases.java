package dev.lanewise.conformance;

import dev.lanewise.optim.Cyclic;
import dev.lanewise.optim.LrScheduler;
import dev.lanewise.optim.OneCycle;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.ReduceOnPlateau;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Learning-rate schedules of test vectors: {@code schedulers.json}. */
final class ScheduleCases {
  private final Map<String, Object> entry;
  private final Map<String, Object> attributes;

  ScheduleCases(Map<String, Object> entry, Map<String, Object> attributes) {
    this.entry = entry;
    this.attributes = attributes;
  }

  /** What differs; empty where all agrees. */
  String difference(double relative, double absolute) {
    String kind = String.valueOf(entry.get("scheduler"));
    double base = number(entry.get("base_lr"), 0.1);
    List<?> expected = list(entry.get("lr"));
    List<?> momenta = list(entry.get("momentum"));
    List<?> metrics = list(entry.get("metric"));
    Sgd sgd = new Sgd(Map.<String, Tensor>of(), Options.of("lr", base).with("momentum", 0.9));
    ReduceOnPlateau plateau = kind.contains("plateau") ? plateau(sgd) : null;
    LrScheduler scheduler =
        plateau == null ? new LrScheduler(sgd, schedule(kind), expected.size()) : null;
    for (int k = 0; k < expected.size(); k++) {
      String message = compare("lr", k, sgd.lr(), expected.get(k), relative, absolute);
      if (message.isEmpty() && k < momenta.size()) {
        double momentum = sgd.groups().getFirst().options().get("momentum");
        message = compare("momentum", k, momentum, momenta.get(k), relative, absolute);
      }
      if (!message.isEmpty()) {
        return message;
      }
      if (plateau != null) {
        plateau.step(number(metrics.get(k), Double.NaN));
      } else if (scheduler != null) {
        scheduler.step();
      }
    }
    return "";
  }

  private static String compare(
      String what, int k, double found, Object reference, double relative, double absolute) {
    double expected = number(reference, Double.NaN);
    return Math.abs(found - expected) <= absolute + relative * Math.abs(expected)
        ? ""
        : what + "[" + k + "] is " + found + ", expected " + expected;
  }

  private Schedule schedule(String kind) {
    return switch (kind.toLowerCase(Locale.ROOT)) {
      case "step" -> Schedule.step(whole("step_size", 1), number("gamma", 0.1));
      case "multistep", "multi_step" ->
          Schedule.multistep(wholes("milestones"), number("gamma", 0.1));
      case "exponential" -> Schedule.exponential(number("gamma", 0.1));
      case "cosine", "cosine_annealing" -> Schedule.cosine(whole("T_max", 1), number("eta_min", 0));
      case "cosine_warm_restarts",
          "warm_restarts",
          "cosine_restarts",
          "cosine_annealing_warm_restarts" ->
          Schedule.warmRestarts(whole("T_0", 1), whole("T_mult", 1), number("eta_min", 0));
      case "linear" ->
          Schedule.linear(
              number("start_factor", 1.0 / 3), number("end_factor", 1), whole("total_iters", 5));
      case "constant" -> Schedule.constant(number("factor", 1.0 / 3), whole("total_iters", 5));
      case "polynomial", "poly" -> Schedule.polynomial(whole("total_iters", 5), number("power", 1));
      case "warmup_cosine" -> Schedule.warmupCosine(whole("warmup", 0), whole("total", 1));
      case "inverse_sqrt", "noam" -> Schedule.inverseSquareRoot(whole("warmup", 1));
      case "one_cycle", "onecycle" ->
          new OneCycle(
              number("max_lr", Double.NaN),
              attributes.get("total_steps") != null
                  ? whole("total_steps", 0)
                  : whole("epochs", 0) * whole("steps_per_epoch", 0),
              number("pct_start", 0.3),
              !"linear".equals(attributes.get("anneal_strategy")),
              number("div_factor", 25),
              number("final_div_factor", 1e4),
              Boolean.TRUE.equals(attributes.get("three_phase")),
              !Boolean.FALSE.equals(attributes.get("cycle_momentum")),
              number("base_momentum", 0.85),
              number("max_momentum", 0.95));
      case "cyclic" ->
          new Cyclic(
              number("base_lr", number(entry.get("base_lr"), 0.1)),
              number("max_lr", 0.1),
              whole("step_size_up", 2000),
              whole("step_size_down", whole("step_size_up", 2000)),
              Cyclic.Mode.valueOf(
                  String.valueOf(attributes.getOrDefault("mode", "triangular"))
                      .toUpperCase(Locale.ROOT)),
              number("gamma", 1),
              !Boolean.FALSE.equals(attributes.get("cycle_momentum")),
              number("base_momentum", 0.8),
              number("max_momentum", 0.9));
      case "lambda", "lambda_lr" -> lambda();
      case "sequential" -> Schedule.sequential(parts(), wholes("milestones"));
      case "chained" -> Schedule.chained(parts());
      case "multiplicative" -> Schedule.exponential(number("factor", number("gamma", 0.95)));
      default -> throw new UnsupportedCaseException("schedule " + kind);
    };
  }

  /** Times an expression of the step. */
  private Schedule lambda() {
    for (String name : List.of("factor", "expr", "lr_lambda", "lambda", "function")) {
      if (attributes.get(name) instanceof String text) {
        return Schedule.lambda(step -> Arithmetic.evaluate(text, step));
      }
    }
    throw new UnsupportedCaseException("schedule lambda without an expression");
  }

  /** Schedules within this one, whose settings stand beside their name or apart. */
  private List<Schedule> parts() {
    return list(attributes.get("schedulers")).stream().map(this::part).toList();
  }

  @SuppressWarnings("unchecked")
  private Schedule part(Object description) {
    Map<String, Object> part = (Map<String, Object>) description;
    Object own = part.get("attrs");
    return new ScheduleCases(entry, own == null ? part : (Map<String, Object>) own)
        .schedule(String.valueOf(part.get("scheduler")));
  }

  private ReduceOnPlateau plateau(Sgd sgd) {
    return new ReduceOnPlateau(
        sgd,
        new ReduceOnPlateau.Settings(
            "max".equals(attributes.get("mode")),
            number("factor", 0.1),
            (int) whole("patience", 10),
            number("threshold", 1e-4),
            !"abs".equals(attributes.get("threshold_mode")),
            (int) whole("cooldown", 0),
            number("min_lr", 0),
            number("eps", 1e-8)));
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static double number(@Nullable Object value, double otherwise) {
    return value instanceof Number number ? number.doubleValue() : otherwise;
  }

  private double number(String name, double otherwise) {
    return number(attributes.get(name), otherwise);
  }

  private long whole(String name, long otherwise) {
    return attributes.get(name) instanceof Number number ? number.longValue() : otherwise;
  }

  private List<Long> wholes(String name) {
    return list(attributes.get(name)).stream().map(value -> ((Number) value).longValue()).toList();
  }
}
