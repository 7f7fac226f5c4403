package dev.lanewise.tensor;

import dev.lanewise.kernel.EarlyStart;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The place of a {@link Tensor} on the tape, and its gradient. */
public abstract sealed class Differentiable extends LossOps permits HostAccess {
  boolean requiresGrad;
  @Nullable Node node;
  private @Nullable Tensor grad;

  Differentiable() {}

  /** Makes this leaf collect a gradient. Returns this. */
  public Tensor requireGrad() {
    return requireGrad(true);
  }

  /**
   * Turns the collection of a gradient on or off (a frozen parameter). Returns this.
   *
   * @throws IllegalStateException when this is not a leaf, or holds integers
   */
  public Tensor requireGrad(boolean required) {
    requireType("requireGrad", DType.FLOAT32);
    if (node != null && !isLeaf()) {
      throw new IllegalStateException(
          "requireGrad: the tensor is the result of " + node.name() + "; only leaves can be set");
    }
    if (required != requiresGrad) {
      EarlyStart.begin();
      requiresGrad = required;
      node = required ? Node.leaf(self()) : null;
    }
    return self();
  }

  /** Whether a gradient flows to or through this tensor. */
  public boolean requiresGrad() {
    return node != null;
  }

  /** Whether this is the result of no recorded operation. */
  public boolean isLeaf() {
    return node == null || requiresGrad;
  }

  /** The collected gradient; null before the first backward and after {@link #zeroGrad}. */
  public @Nullable Tensor grad() {
    return grad;
  }

  /** Drops the collected gradient; its memory is reused by the next one. */
  public void zeroGrad() {
    if (grad != null) {
      grad.close();
      grad = null;
    }
  }

  /**
   * Replaces the collected gradient (clipping). The old one is closed.
   *
   * @throws IllegalArgumentException when it has another shape or does not hold floats
   */
  public void setGrad(Tensor gradient) {
    Tape.checkGradient("setGrad", "the gradient", gradient, "the tensor", self().shape());
    zeroGrad();
    gradient.storage().moveTo(null);
    grad = gradient;
  }

  void accumulateGrad(Tensor dy, boolean createGraph) {
    if (createGraph) {
      // A tensor of its own: another leaf may get the same dy.
      grad = grad == null ? dy.add(0) : grad.add(dy);
      grad.storage().moveTo(null);
      return;
    }
    Tensor sum = grad == null ? dy : grad.add(dy);
    Tensor mine;
    if (sum == dy) {
      // The buffer is taken over where nobody else has a handle on it; weights read it as plain.
      boolean own = dy.isContiguous() && dy.layout() == self().layout() && !dy.storage().shared();
      mine = own ? dy.alias() : dy.copy();
    } else {
      mine = sum;
      zeroGrad();
    }
    mine.storage().moveTo(null);
    grad = mine;
  }

  /** Computes gradients of this scalar and adds them to the leaves that it came from. */
  public void backward() {
    Tape.backward(self(), null, false, false);
  }

  /**
   * As {@link #backward()}, for a training step that looks at nothing afterwards but the gradients:
   * whatever was computed on the way to this scalar, and belongs to the innermost open scope, is
   * closed as soon as nothing on the tape needs it any more, instead of with the scope: views, too.
   * So gradients take the place of what they were computed from. What somebody has {@link
   * Tensor#detach detached}, or kept in another scope, stays open.
   */
  public void backwardAndClose() {
    Tape.backwardAndClose(self());
  }

  /** As {@link #backward()} for a tensor of any shape, with its gradient. */
  public void backward(Tensor gradient) {
    Tape.backward(self(), gradient, false, false);
  }

  /**
   * As {@link #backward()}.
   *
   * @param gradient null for a scalar
   * @param retainGraph whether the tape can be run again
   * @param createGraph whether the gradients can be differentiated in turn
   */
  public void backward(@Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    Tape.backward(self(), gradient, retainGraph, createGraph);
  }

  /**
   * Calls {@code hook} with this tensor's whole gradient in backward; its result, which may be the
   * gradient itself, replaces it. Hooks run in the order in which they were added. Returns this.
   *
   * <p>The gradient belongs to the tape: it is open while the hook runs. What the hook makes goes
   * back to the pool when it ends, unless {@link Scope#release} takes it out.
   *
   * @throws IllegalStateException when this tensor requires no gradient
   */
  public Tensor onGradient(UnaryOperator<Tensor> hook) {
    if (node == null) {
      throw new IllegalStateException(
          "onGradient: the tensor " + self().shape() + " requires no gradient");
    }
    node.addHook(Objects.requireNonNull(hook, "hook"));
    return self();
  }

  /** Takes a hook off again. Returns this. */
  public Tensor offGradient(UnaryOperator<Tensor> hook) {
    Objects.requireNonNull(hook, "hook");
    if (node != null) {
      node.removeHook(hook);
    }
    return self();
  }

  /** The operation that made this tensor, or null: for messages and pictures of the tape. */
  public @Nullable Node node() {
    return node;
  }

  final void requireType(String who, DType expected) {
    if (self().dtype() != expected) {
      throw new IllegalStateException(
          who + ": the tensor holds " + self().dtype() + ", expected " + expected);
    }
  }
}
