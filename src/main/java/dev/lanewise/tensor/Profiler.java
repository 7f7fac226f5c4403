package dev.lanewise.tensor;

import dev.lanewise.kernel.team.Handover;
import dev.lanewise.kernel.team.MachineLimits;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.memory.Pool;
import dev.lanewise.op.Op;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Attributes the time of this thread to operations and layers, forward and backward, with the
 * arithmetic and the memory traffic that they need.
 *
 * <pre>{@code
 * Profiler profiler = Profiler.start();
 * for (int i = 0; i < 5; i++) {
 *   trainer.step(x, labels);
 * }
 * Profile profile = profiler.stop();
 * }</pre>
 *
 * <p>Time is own time: what an operation spends in other operations, or in bringing its inputs into
 * another order, is theirs. While a JDK Flight Recorder recording runs, each call is also an event
 * {@code dev.lanewise.Operation}. A thread without a profiler pays one comparison an operation.
 */
public final class Profiler extends Watcher {
  private static @Nullable MachineLimits limits;

  private final Map<Key, Sums> sums = new LinkedHashMap<>();
  private @Nullable Frame top;
  private boolean inBackward;
  private long started = System.nanoTime();

  /** The layer that an operation of backward belongs to. */
  private String backwardLayer = "";

  private record Key(String layer, String operation, Profile.Pass pass, boolean reorder) {}

  private static final class Sums {
    long calls;
    long nanos;
    long flops;
    long bytes;
    long allocated;
    long fresh;
  }

  /** One call that is under way. */
  private static final class Frame {
    final Key key;
    final @Nullable Frame outer;
    final OperationEvent event = new OperationEvent();
    final long allocated = Pool.global().handedOutBytes();
    final long fresh = Pool.global().freshBytes();
    long start;

    /** What calls inside this one took. */
    long innerNanos;

    long innerAllocated;
    long innerFresh;

    /** Whether other operations ran inside this one. */
    boolean delegated;

    Frame(Key key, @Nullable Frame outer) {
      this.key = key;
      this.outer = outer;
    }
  }

  private Profiler() {
    begin();
    state.profiler = this;
  }

  /**
   * Begins to watch this thread.
   *
   * @throws IllegalStateException when a profiler watches it already
   */
  public static Profiler start() {
    if (current() != null) {
      throw new IllegalStateException("A profiler runs on this thread already; stop it first.");
    }
    return new Profiler();
  }

  /** The profiler that watches this thread; null where none does. */
  public static @Nullable Profiler current() {
    return ThreadState.current().profiler;
  }

  /** Forgets what was seen so far: after steps that warm the code up. */
  public void reset() {
    sums.clear();
    started = System.nanoTime();
  }

  /**
   * Ends the watch, and measures the limits of the machine unless an earlier profile of this
   * process has: that takes about a second.
   *
   * @throws IllegalStateException when it was stopped before, or belongs to another thread
   */
  public Profile stop() {
    double seconds = (System.nanoTime() - started) * 1e-9;
    end();
    state.profiler = null;
    MachineLimits machine = limits();
    List<Profile.Row> rows = new ArrayList<>();
    sums.forEach((key, sum) ->
        rows.add(
            new Profile.Row(
                key.layer,
                key.operation,
                key.pass,
                key.reorder ? sum.calls : 0,
                sum.calls,
                sum.nanos * 1e-9,
                sum.flops,
                sum.bytes,
                Math.max(
                    sum.flops / (machine.fma() * 1e9), sum.bytes / (machine.bandwidth() * 1e9)),
                sum.allocated,
                sum.fresh)));
    int threads = Team.global().threads();
    double handover = threads == 1 ? 0 : Handover.nanos();
    return new Profile(rows, seconds, threads, machine.fma(), machine.bandwidth(), handover);
  }

  private static synchronized MachineLimits limits() {
    MachineLimits measured = limits;
    if (measured == null) {
      measured = MachineLimits.measure();
      limits = measured;
    }
    return measured;
  }

  // ---- layers

  private String path() {
    LayerTrail trail = state.trail;
    if (trail != null && !trail.outside()) {
      return trail.path();
    }
    return inBackward ? backwardLayer : "";
  }

  private Profile.Pass pass() {
    return inBackward ? Profile.Pass.BACKWARD : Profile.Pass.FORWARD;
  }

  // ---- calls

  @Override
  Tensor forward(Op op, Node node, Shape shape, Shape[] shapes, Tensor[] inputs) {
    Frame frame = begin(new Key(path(), op.name(), pass(), false));
    try {
      return super.forward(op, node, shape, shapes, inputs);
    } finally {
      end(frame, op.flops(shape, shapes), op.bytes(shape, shapes));
    }
  }

  @Override
  @Nullable Tensor[] backward(Op op, Node node, Tensor dy) {
    backwardLayer = node.layer();
    Frame frame = begin(new Key(path(), op.name(), pass(), false));
    long saved = node.savedBytes();
    long flops = 0;
    long bytes = 0;
    try {
      @Nullable Tensor[] dx = super.backward(op, node, dy);
      long written = 0;
      for (Tensor gradient : dx) {
        written += gradient == null || gradient == dy ? 0 : bytes(gradient);
      }
      if (!frame.delegated && written > 0) {
        // A fused gradient: it reads dy and what was saved, and writes the gradients.
        bytes = saved + bytes(dy) + written;
        flops = op.backwardFlops(dy.shape(), node.inputShapes());
      }
      return dx;
    } finally {
      end(frame, flops, bytes);
    }
  }

  /** Says that backward begins or ends; gives what was before. */
  boolean inBackward(boolean on) {
    boolean before = inBackward;
    inBackward = on;
    return before;
  }

  /** Copying into another order, on behalf of the operation that is under way. */
  Tensor reorder(String how, Tensor x, Supplier<Tensor> copy) {
    String who = top == null ? "tensor" : top.key.operation;
    Frame frame = begin(new Key(path(), who + ": " + how, pass(), true));
    try {
      return copy.get();
    } finally {
      end(frame, 0, 2 * bytes(x));
    }
  }

  /**
   * Work that is no operation, such as the step of an optimiser.
   *
   * @param flops additions and multiplications
   * @param bytes that it reads and writes at least
   */
  public void update(String name, long flops, long bytes, Runnable body) {
    work(new Key("", name, Profile.Pass.UPDATE, false), flops, bytes, body);
  }

  /** A gradient that is added to another one in place, as the addition that it is. */
  void accumulate(Tensor sum, Runnable body) {
    work(new Key(path(), "add", pass(), false), sum.size(), 3 * bytes(sum), body);
  }

  private void work(Key key, long flops, long bytes, Runnable body) {
    Frame frame = begin(key);
    try {
      body.run();
    } finally {
      end(frame, flops, bytes);
    }
  }

  private static long bytes(Tensor x) {
    return x.closed() ? 0 : x.layout().elements(x.shape()) * x.dtype().bytes();
  }

  private Frame begin(Key key) {
    Frame frame = new Frame(key, top);
    top = frame;
    frame.event.begin();
    frame.start = System.nanoTime();
    return frame;
  }

  private void end(Frame frame, long flops, long bytes) {
    long nanos = System.nanoTime() - frame.start;
    frame.event.end();
    long allocated = Pool.global().handedOutBytes() - frame.allocated;
    long fresh = Pool.global().freshBytes() - frame.fresh;
    Frame outer = frame.outer;
    top = outer;
    if (outer != null) {
      outer.innerNanos += nanos;
      outer.innerAllocated += allocated;
      outer.innerFresh += fresh;
      outer.delegated |= !frame.key.reorder;
    }
    Sums sum = sums.computeIfAbsent(frame.key, _ -> new Sums());
    sum.calls++;
    sum.nanos += nanos - frame.innerNanos;
    sum.flops += flops;
    sum.bytes += bytes;
    sum.allocated += allocated - frame.innerAllocated;
    sum.fresh += fresh - frame.innerFresh;
    if (frame.event.shouldCommit()) {
      frame.event.fill(
          frame.key.layer,
          frame.key.operation,
          frame.key.pass.name(),
          nanos - frame.innerNanos,
          flops,
          bytes,
          allocated - frame.innerAllocated);
      frame.event.commit();
    }
  }
}
