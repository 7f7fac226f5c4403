package dev.lanewise.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** What the libtorch side needs beside the operations. */
final class Libtorch {
  private static final List<LongPointer> HELD = new ArrayList<>();

  private Libtorch() {}

  static Tensor tensor(float[] values, int[] shape) {
    long[] sizes = sizes(shape);
    try (FloatPointer pointer = new FloatPointer(values);
        TensorOptions options = new TensorOptions(torch.ScalarType.Float)) {
      return torch.from_blob(pointer, sizes, options).clone();
    }
  }

  static long[] sizes(int[] shape) {
    return Arrays.stream(shape).asLongStream().toArray();
  }

  /** The same value for height and width. */
  static LongArrayRef pair(long value) {
    LongPointer values = new LongPointer(value, value);
    // The reference is an address: the collector must not find what it points to.
    HELD.add(values);
    return new LongArrayRef(values, 2);
  }

  static Tensor tensor(long[] values) {
    try (LongPointer pointer = new LongPointer(values);
        TensorOptions options = new TensorOptions(torch.ScalarType.Long)) {
      return torch.from_blob(pointer, new long[] {values.length}, options).clone();
    }
  }

  static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    new FloatPointer(tensor.contiguous().data_ptr_float()).get(values);
    return values;
  }

  /**
   * The library in one line: its version, its instruction set, its threads, and the OpenBLAS that
   * its matrix products really go to, which a preloaded one replaces.
   */
  static String describe() {
    return "libtorch %s, %s, %d threads, %s"
        .formatted(
            version(), torch.get_cpu_capability().getString(), torch.get_num_threads(), openBlas());
  }

  private static String version() {
    return torch
        .show_config()
        .getString()
        .lines()
        .flatMap(line -> Arrays.stream(line.split("[, ]+")))
        .filter(setting -> setting.startsWith("TORCH_VERSION="))
        .map(setting -> setting.substring("TORCH_VERSION=".length()))
        .findFirst()
        .orElse("of unknown version");
  }

  /** Asks the loader, as libtorch's own calls do, which library stands first. */
  private static String openBlas() {
    try {
      Linker linker = Linker.nativeLinker();
      MemorySegment lookup = linker.defaultLookup().findOrThrow("dlsym");
      var dlsym =
          linker.downcallHandle(
              lookup,
              FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment config =
            (MemorySegment)
                dlsym.invokeExact(
                    MemorySegment.NULL,
                    arena.allocateFrom("openblas_get_config", StandardCharsets.US_ASCII));
        if (config.address() == 0) {
          return "its own OpenBLAS";
        }
        var call = linker.downcallHandle(config, FunctionDescriptor.of(ValueLayout.ADDRESS));
        MemorySegment text = (MemorySegment) call.invokeExact();
        return text.reinterpret(Long.MAX_VALUE).getString(0).strip() + " (preloaded)";
      }
    } catch (Throwable failure) {
      return "OpenBLAS unknown (" + failure + ")";
    }
  }
}
