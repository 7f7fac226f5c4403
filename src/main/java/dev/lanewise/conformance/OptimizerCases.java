package dev.lanewise.conformance;

import dev.lanewise.optim.Lbfgs;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Optimizers;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Optimisers as test vectors name them, with PyTorch's keywords. */
final class OptimizerCases {
  /** What says how PyTorch computes, not what; and what describes a case, not its optimiser. */
  private static final Set<String> OTHER =
      Set.of(
          "foreach",
          "capturable",
          "differentiable",
          "fused",
          "optimizer",
          "steps",
          "sizes",
          "activation",
          "activation_and_pool",
          "loss",
          "label_smoothing");

  private OptimizerCases() {}

  /** What the runner does with an optimiser. */
  interface Mover {
    /** Moves the parameters; the closure computes loss and gradients, which are there already. */
    void step(Supplier<Tensor> closure);
  }

  static Mover optimizer(Case c, String name, Map<String, Tensor> parameters) {
    String kind = name.replace("_", "").toLowerCase(Locale.ROOT);
    if (kind.equals("lbfgs")) {
      return new Lbfgs(parameters, options(c))::step;
    }
    if (!Optimizers.names().contains(kind)) {
      throw new UnsupportedCaseException("optimizer " + name);
    }
    Optimizer optimizer =
        Optimizers.create(kind, List.of(new ParameterGroup(parameters, options(c))));
    return closure -> optimizer.step();
  }

  private static Options options(Case c) {
    Options options = Options.none();
    for (Map.Entry<String, Object> entry : c.attributes().entrySet()) {
      if (!OTHER.contains(entry.getKey()) && entry.getValue() != null) {
        options = options.with(option(entry.getKey(), entry.getValue()));
      }
    }
    return options;
  }

  /** One keyword of PyTorch, which may be two of ours. */
  private static Options option(String name, Object value) {
    return switch (value) {
      case List<?> pair when name.equals("betas") ->
          Options.of("beta1", number(pair, 0)).with("beta2", number(pair, 1));
      case List<?> pair when name.equals("etas") ->
          Options.of("etaMinus", number(pair, 0)).with("etaPlus", number(pair, 1));
      case List<?> pair when name.equals("step_sizes") ->
          Options.of("minStep", number(pair, 0)).with("maxStep", number(pair, 1));
      case Number number -> Options.of(camel(name), number.doubleValue());
      case String text when name.equals("line_search_fn") && text.equals("strong_wolfe") ->
          Options.none().with("strongWolfe", true);
      case Boolean on -> Options.none().with(camel(name), on);
      default -> throw new UnsupportedCaseException("an optimizer with " + name + " = " + value);
    };
  }

  private static double number(List<?> values, int index) {
    return ((Number) values.get(index)).doubleValue();
  }

  /** weight_decay is weightDecay here. */
  static String camel(String name) {
    StringBuilder camel = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '_' && i + 1 < name.length()) {
        camel.append(Character.toUpperCase(name.charAt(++i)));
      } else {
        camel.append(c);
      }
    }
    return camel.toString();
  }
}
