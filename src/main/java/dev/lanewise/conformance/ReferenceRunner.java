package dev.lanewise.conformance;

import dev.lanewise.optim.ClipGradients;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/**
 * Runs a folder of test vectors that another engine computed: {@code index.json} and {@code
 * cases/<id>.safetensors}. An element passes where |a - ref| ≤ atol + rtol |ref|, with the
 * tolerances that the index states for outputs and for gradients.
 */
public final class ReferenceRunner {
  /** What became of a case. */
  public enum Outcome {
    /** All tensors agree. */
    PASSED,
    /** A tensor differs, or the engine refused the case. */
    FAILED,
    /** The engine does not have what the case asks for. */
    UNSUPPORTED
  }

  /**
   * The result of one case.
   *
   * @param id names the case
   * @param op names its operation
   * @param message what differs or what is missing; empty where the case passed
   */
  public record Result(String id, String op, Outcome outcome, String message) {}

  private final Path folder;

  /** Cases of the given folder. */
  public ReferenceRunner(Path folder) {
    this.folder = folder;
  }

  /**
   * Runs all cases, in the order of the index.
   *
   * @throws IOException when the index or a case cannot be read
   */
  public List<Result> run() throws IOException {
    Path index = folder.resolve("index.json");
    if (!Files.isRegularFile(index)) {
      throw new IOException(
          "conformance: "
              + index
              + " does not exist; expected a folder with index.json and cases/");
    }
    Map<String, Object> root = read(index);
    List<Result> results = new ArrayList<>();
    for (Object entry : list(root.get("cases"))) {
      results.add(run(map(entry)));
    }
    Path schedulers = folder.resolve("schedulers.json");
    if (Files.isRegularFile(schedulers)) {
      for (Object entry : list(read(schedulers).get("schedulers"))) {
        results.add(runSchedule(map(entry)));
      }
    }
    return results;
  }

  private static Map<String, Object> read(Path file) throws IOException {
    try {
      return JSON.std.mapFrom(Files.readString(file));
    } catch (JacksonException damaged) {
      throw new IOException(
          "conformance: " + file + " is not JSON: " + damaged.getOriginalMessage(), damaged);
    }
  }

  private static Result runSchedule(Map<String, Object> entry) {
    String id = String.valueOf(entry.get("id"));
    String op = "schedule " + entry.get("scheduler");
    try {
      Tolerance tolerance = tolerance(entry.get("tolerance"));
      String difference =
          new ScheduleCases(entry, map(entry.get("attrs")))
              .difference(tolerance.relative(), tolerance.absolute());
      Outcome outcome = difference.isEmpty() ? Outcome.PASSED : Outcome.FAILED;
      return new Result(id, op, outcome, difference);
    } catch (UnsupportedCaseException missing) {
      return new Result(id, op, Outcome.UNSUPPORTED, String.valueOf(missing.getMessage()));
    } catch (IllegalArgumentException | NullPointerException | ClassCastException failure) {
      return new Result(id, op, Outcome.FAILED, String.valueOf(failure.getMessage()));
    }
  }

  private Result run(Map<String, Object> entry) throws IOException {
    String id = (String) Objects.requireNonNull(entry.get("id"));
    String op = (String) Objects.requireNonNull(entry.get("op"));
    Path file =
        folder.resolve(
            entry.get("file") instanceof String name ? name : "cases/" + id + ".safetensors");
    Map<String, Object> tolerance = map(entry.get("tolerance"));
    try (Scope scope = Scope.open()) {
      Case c =
          new Case(
              id,
              op,
              (String) Objects.requireNonNull(entry.get("kind")),
              map(entry.get("attrs")),
              CaseFile.read(file));
      check(c, tolerance(tolerance.get("out")), tolerance(tolerance.get("grad")));
      return new Result(id, op, Outcome.PASSED, "");
    } catch (UnsupportedCaseException missing) {
      return new Result(id, op, Outcome.UNSUPPORTED, String.valueOf(missing.getMessage()));
    } catch (Comparison.Mismatch
        | IllegalArgumentException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | IndexOutOfBoundsException
        | ArithmeticException failure) {
      return new Result(id, op, Outcome.FAILED, String.valueOf(failure.getMessage()));
    }
  }

  private static void check(Case c, Tolerance out, Tolerance grad) {
    switch (c.kind) {
      case "op" -> checkOp(c, out, grad);
      case "train" -> checkTraining(c, grad);
      case "optimizer" -> checkOptimizer(c, grad);
      case "clip" -> checkClip(c, out);
      case "higher_order" -> checkHigherOrder(c, out, grad);
      default -> throw new UnsupportedCaseException(c.op);
    }
  }

  /** Forward, then backward from the given gradients or from the loss. */
  private static void checkOp(Case c, Tolerance out, Tolerance grad) {
    if (!ReferenceOps.supports(c.op)) {
      throw new UnsupportedCaseException(c.op);
    }
    Map<String, Tensor> leaves = new LinkedHashMap<>(c.all("in."));
    leaves.putAll(c.all("param."));
    leaves.forEach((name, tensor) -> {
      if (c.has("grad." + name) && tensor.dtype() == DType.FLOAT32) {
        tensor.requireGrad();
      }
    });
    Map<String, Tensor> outputs = ReferenceOps.run(c);
    for (Map.Entry<String, Tensor> expected : c.all("out.").entrySet()) {
      Comparison.check(
          "out." + expected.getKey(), get(outputs, expected.getKey()), expected.getValue(), out);
    }
    for (Map.Entry<String, Tensor> expected : c.all("aux.").entrySet()) {
      Comparison.check(
          "aux." + expected.getKey(), get(outputs, expected.getKey()), expected.getValue(), out);
    }
    Tensor loss = null;
    if (c.all("gout.").isEmpty()) {
      for (String name : c.all("out.").keySet()) {
        loss = get(outputs, name);
      }
    }
    for (Map.Entry<String, Tensor> gradient : c.all("gout.").entrySet()) {
      Tensor part = get(outputs, gradient.getKey()).mul(gradient.getValue()).sum();
      loss = loss == null ? part : loss.add(part);
    }
    if (loss == null) {
      throw new UnsupportedCaseException("a case without outputs");
    }
    if (c.has("loss")) {
      Comparison.check("loss", loss, c.tensor("loss"), grad);
    }
    if (c.all("grad.").isEmpty()) {
      return;
    }
    if (loss.requiresGrad()) {
      loss.backward();
    }
    for (Map.Entry<String, Tensor> expected : c.all("grad.").entrySet()) {
      Tensor leaf = get(leaves, expected.getKey());
      Tensor found = leaf.grad();
      // No gradient is a gradient of zeros.
      Tensor gradient = found == null ? Tensor.zeros(leaf.shape().toArray()) : found;
      Comparison.check("grad." + expected.getKey(), gradient, expected.getValue(), grad);
    }
  }

  /** Parameters of a case as leaves that can be trained. */
  private static Map<String, Tensor> trainable(Case c) {
    Map<String, Tensor> parameters = c.all("param.");
    parameters.values().forEach(Tensor::requireGrad);
    return parameters;
  }

  /** Fresh gradients and the loss. */
  private static Supplier<Tensor> closure(Map<String, Tensor> parameters, Supplier<Tensor> loss) {
    return () -> {
      parameters.values().forEach(Tensor::zeroGrad);
      Tensor value = loss.get();
      value.backward();
      return value;
    };
  }

  private static void checkTraining(Case c, Tolerance grad) {
    Map<String, Tensor> parameters = trainable(c);
    OptimizerCases.Mover optimizer =
        OptimizerCases.optimizer(c, c.text("optimizer", ""), parameters);
    Supplier<Tensor> closure = closure(parameters, () -> ReferenceModels.loss(c, parameters));
    float[] losses = c.tensor("loss").toArray();
    for (int step = 0; step < losses.length; step++) {
      Comparison.check("loss[" + step + "]", closure.get(), Tensor.scalar(losses[step]), grad);
      optimizer.step(closure);
    }
    for (Map.Entry<String, Tensor> expected : c.all("final.").entrySet()) {
      Comparison.check(
          "final." + expected.getKey(),
          get(parameters, expected.getKey()),
          expected.getValue(),
          grad);
    }
  }

  /** Steps on 0.5 mean_rows(sum_cols((X W + b - Y)²)) + 0.01 sum(W⁴). */
  private static void checkOptimizer(Case c, Tolerance grad) {
    Map<String, Tensor> parameters = trainable(c);
    OptimizerCases.Mover optimizer = OptimizerCases.optimizer(c, c.op, parameters);
    Tensor w = get(parameters, "W");
    Tensor b = get(parameters, "b");
    int steps = c.shape("traj.W").dim(0);
    float[] losses = c.tensor("loss").toArray();
    Supplier<Tensor> closure =
        closure(
            parameters,
            () -> {
              Tensor residual = c.in("X").matmul(w).add(b).sub(c.in("Y"));
              Tensor quartic = w.square().square().sum().mul(0.01f);
              return residual.square().sum(1).mean().mul(0.5f).add(quartic);
            });
    for (int step = 0; step < steps; step++) {
      Comparison.check("loss[" + step + "]", closure.get(), Tensor.scalar(losses[step]), grad);
      for (String name : parameters.keySet()) {
        Tensor found = Objects.requireNonNull(get(parameters, name).grad());
        Comparison.check(
            "gradtraj." + name + "[" + step + "]",
            found,
            c.tensor("gradtraj." + name).select(0, step),
            grad);
      }
      optimizer.step(closure);
      for (String name : parameters.keySet()) {
        Comparison.check(
            "traj." + name + "[" + step + "]",
            get(parameters, name),
            c.tensor("traj." + name).select(0, step),
            grad);
      }
    }
  }

  /** in.* are gradients before, out.* after, out.total_norm is the norm before. */
  private static void checkClip(Case c, Tolerance out) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    c.all("in.")
        .forEach((name, gradient) -> {
          Tensor parameter = Tensor.zeros(gradient.shape().toArray()).requireGrad();
          parameter.setGrad(gradient);
          parameters.put(name, parameter);
        });
    if (c.op.equals("clip_grad_norm")) {
      double type =
          c.attribute("norm_type") instanceof String
              ? ClipGradients.INFINITY
              : c.number("norm_type", 2);
      double norm = ClipGradients.byNorm(parameters.values(), c.number("max_norm", 1), type);
      if (c.has("out.total_norm")) {
        Comparison.check(
            "out.total_norm", Tensor.scalar((float) norm), c.tensor("out.total_norm"), out);
      }
    } else if (c.op.equals("clip_grad_value")) {
      ClipGradients.byValue(parameters.values(), c.number("clip_value", 1));
    } else {
      throw new UnsupportedCaseException(c.op);
    }
    parameters.forEach((name, parameter) ->
        Comparison.check(
            "out." + name, Objects.requireNonNull(parameter.grad()), c.tensor("out." + name), out));
  }

  private static void checkHigherOrder(Case c, Tolerance out, Tolerance grad) {
    Map<String, Tensor> found =
        switch (c.op) {
          case "higher_derivatives" -> ReferenceModels.higherDerivatives(c);
          case "gradient_penalty" -> {
            trainable(c);
            yield ReferenceModels.gradientPenalty(c);
          }
          case "hessian_vector_product" -> {
            trainable(c);
            yield ReferenceModels.hessianVectorProduct(c);
          }
          default -> throw new UnsupportedCaseException(c.op);
        };
    c.all("out.")
        .forEach(
            (name, expected) -> Comparison.check("out." + name, get(found, name), expected, out));
    for (String prefix : List.of("grad.", "hvp.")) {
      c.all(prefix)
          .forEach((name, expected) ->
              Comparison.check(prefix + name, get(found, prefix + name), expected, grad));
    }
    if (c.has("loss")) {
      Comparison.check("loss", get(found, "loss"), c.tensor("loss"), grad);
    }
  }

  private static Tensor get(Map<String, Tensor> tensors, String name) {
    Tensor found = tensors.get(name);
    if (found == null) {
      throw new UnsupportedCaseException("a case with tensor " + name);
    }
    return found;
  }

  private static Tolerance tolerance(@Nullable Object value) {
    Map<String, Object> map = map(value);
    return new Tolerance(
        ((Number) Objects.requireNonNull(map.get("rtol"))).doubleValue(),
        ((Number) Objects.requireNonNull(map.get("atol"))).doubleValue());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(@Nullable Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }

  private static List<?> list(@Nullable Object value) {
    return value == null ? List.of() : (List<?>) value;
  }
}
