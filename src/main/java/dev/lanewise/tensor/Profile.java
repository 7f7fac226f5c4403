package dev.lanewise.tensor;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Where the time went between {@link Profiler#start} and {@link Profiler#stop}.
 *
 * <p>Arithmetic and traffic are nominal: a convolution counts the multiply-adds of its definition
 * even where Winograd's method needs fewer, and each operand is read or written once, from memory.
 * So a share above 1 means an algorithm with less arithmetic, or operands that were still in a
 * cache.
 *
 * @param rows one for each layer, operation and pass, in the order of the first call
 * @param seconds from start to stop
 * @param threads that shared the work
 * @param peak multiply-adds of all threads in GFLOP/s, measured
 * @param bandwidth of memory in GB/s, measured
 * @param handover nanoseconds in which a cache line went from one processor to another and back at
 *     the end; 0 with one thread. Where the machine moves this process, two threads that share
 *     their data are slower while it is long
 */
public record Profile(
    List<Row> rows, double seconds, int threads, double peak, double bandwidth, double handover) {
  /** What an operation was part of. */
  public enum Pass {
    /** Computing the output. */
    FORWARD,
    /** Computing gradients. */
    BACKWARD,
    /** Moving the parameters. */
    UPDATE
  }

  /** Rows cannot be changed. */
  public Profile {
    rows = List.copyOf(rows);
  }

  /**
   * The sums over some calls.
   *
   * @param layer the path of the layer, as in the names of parameters; empty outside of layers
   * @param operation its name; {@code conv2d: to lanes} for bringing an input of conv2d into
   *     another order
   * @param reorders how many of the calls were such copies
   * @param seconds own time: without operations inside
   * @param flops additions and multiplications
   * @param bytes read and written
   * @param limitSeconds what the machine needs for them at least, by the roofline (Williams,
   *     Waterman and Patterson, 2009): the longer of the arithmetic at its peak and the traffic at
   *     the bandwidth of memory
   * @param allocatedBytes handed out by the pool
   * @param freshBytes of these, memory that was new from the operating system
   */
  public record Row(
      String layer,
      String operation,
      Pass pass,
      long reorders,
      long calls,
      double seconds,
      long flops,
      long bytes,
      double limitSeconds,
      long allocatedBytes,
      long freshBytes) {
    /** Arithmetic a nanosecond. */
    public double gigaflops() {
      return seconds == 0 ? 0 : flops / seconds * 1e-9;
    }

    /** Traffic a nanosecond. */
    public double gigabytes() {
      return seconds == 0 ? 0 : bytes / seconds * 1e-9;
    }

    /** The share of the roofline: 1 is as fast as the machine can be by its measured limits. */
    public double share() {
      return seconds == 0 ? 0 : limitSeconds / seconds;
    }

    private Row named(String newLayer, String newOperation) {
      return new Row(
          newLayer,
          newOperation,
          pass,
          reorders,
          calls,
          seconds,
          flops,
          bytes,
          limitSeconds,
          allocatedBytes,
          freshBytes);
    }

    private Row plus(Row other) {
      return new Row(
          layer,
          operation,
          pass,
          reorders + other.reorders,
          calls + other.calls,
          seconds + other.seconds,
          flops + other.flops,
          bytes + other.bytes,
          limitSeconds + other.limitSeconds,
          allocatedBytes + other.allocatedBytes,
          freshBytes + other.freshBytes);
    }
  }

  /** Sums for each operation and pass over all layers, the longest first. */
  public List<Row> byOperation() {
    return sums(row -> row.named("", row.operation)).stream()
        .sorted(Comparator.comparingDouble((Row row) -> -row.seconds))
        .toList();
  }

  /** Sums for each layer and pass over all operations, in the order of the first call. */
  public List<Row> byLayer() {
    return sums(row -> row.named(row.layer, ""));
  }

  /** Sums for each pass. */
  public List<Row> byPass() {
    return sums(row -> row.named("", ""));
  }

  /** The time between start and stop that no row has: the program around the operations. */
  public double otherSeconds() {
    return seconds - rows.stream().mapToDouble(Row::seconds).sum();
  }

  private List<Row> sums(Function<Row, Row> group) {
    record Group(String layer, String operation, Pass pass) {}
    Map<Group, Row> sums = new LinkedHashMap<>();
    for (Row row : rows) {
      Row named = group.apply(row);
      sums.merge(new Group(named.layer, named.operation, named.pass), named, Row::plus);
    }
    return List.copyOf(sums.values());
  }
}
