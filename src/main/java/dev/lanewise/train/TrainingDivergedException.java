package dev.lanewise.train;

/** The loss became NaN or infinite; the message names the step and the layer where it began. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long step;
  private final String where;

  TrainingDivergedException(float loss, long step, String where) {
    super(
        "The loss is %s at step %d: %s; a lower learning rate may help."
            .formatted(Float.isNaN(loss) ? "NaN" : "infinite", step, where));
    this.step = step;
    this.where = where;
  }

  /** The training step, counted from 1. */
  public long step() {
    return step;
  }

  /** A clause that says where the first value that is not finite was found. */
  public String where() {
    return where;
  }
}
