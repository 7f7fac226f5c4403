package dev.lanewise.tensor;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One call of an operation in a Flight Recorder recording, while a {@link Profiler} runs. */
@Name("dev.lanewise.Operation")
@Label("Operation")
@Category("Lanewise")
@Description("One call of an operation on tensors, calls inside it included")
@StackTrace(false)
final class OperationEvent extends Event {
  @Label("Layer")
  String layer = "";

  @Label("Operation")
  String operation = "";

  @Label("Pass")
  String pass = "";

  @Label("Own Time")
  @Description("Without the calls inside this one")
  @Timespan(Timespan.NANOSECONDS)
  long ownTime;

  @Label("Additions and Multiplications")
  long flops;

  @Label("Memory Traffic")
  @Description("Each operand counted once")
  @DataAmount
  long bytes;

  @Label("Allocated")
  @DataAmount
  long allocated;

  void fill(
      String layer,
      String operation,
      String pass,
      long ownTime,
      long flops,
      long bytes,
      long allocated) {
    this.layer = layer;
    this.operation = operation;
    this.pass = pass;
    this.ownTime = ownTime;
    this.flops = flops;
    this.bytes = bytes;
    this.allocated = allocated;
  }
}
