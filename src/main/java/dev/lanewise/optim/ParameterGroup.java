package dev.lanewise.optim;

import dev.lanewise.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Parameters that an optimiser treats alike, with options of their own. */
public final class ParameterGroup {
  private final Map<String, Tensor> parameters;
  private Options options;
  private Keywords keywords = new Keywords("a group without optimiser");

  /**
   * A group for an optimiser.
   *
   * @param parameters as a layer lists them
   * @param options what differs from the defaults of the optimiser
   */
  public ParameterGroup(Map<String, Tensor> parameters, Options options) {
    this.parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    this.options = Objects.requireNonNull(options, "options");
  }

  /** A copy with all options of the optimiser. */
  ParameterGroup complete(Keywords all) {
    ParameterGroup group = new ParameterGroup(parameters, all.complete(options));
    group.keywords = all;
    return group;
  }

  /** The parameters, in the order in which they were given. */
  public Map<String, Tensor> parameters() {
    return parameters;
  }

  /** All options of the next step. */
  public Options options() {
    return options;
  }

  /** The learning rate of the next step. */
  public double lr() {
    return options.get("lr");
  }

  /**
   * Changes an option from the next step on.
   *
   * @throws IllegalArgumentException when the optimiser has no such option, or not such a value
   */
  public void set(String keyword, double value) {
    keywords.check(keyword, value);
    options = options.with(keyword, value);
  }
}
