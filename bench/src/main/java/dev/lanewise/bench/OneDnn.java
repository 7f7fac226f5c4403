package dev.lanewise.bench;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/** What the oneDNN side needs beside the primitives. */
final class OneDnn {
  static final engine ENGINE = new engine(engine.kind.cpu, 0);
  static final stream STREAM = new stream(ENGINE);

  private OneDnn() {}

  /** The library in one line. */
  static String describe() {
    dnnl_version_t version = dnnl.dnnl_version();
    return "oneDNN %d.%d.%d, %s, %s threads"
        .formatted(
            version.major(),
            version.minor(),
            version.patch(),
            dnnl.get_effective_cpu_isa().intern(),
            System.getenv().getOrDefault("OMP_NUM_THREADS", "all"));
  }

  /** A shape whose layout the primitive is to choose. */
  static memory.desc any(int... shape) {
    return desc(memory.format_tag.any, shape);
  }

  /** Row-major. */
  static memory.desc plain(int... shape) {
    return desc(
        switch (shape.length) {
          case 1 -> memory.format_tag.a;
          case 4 -> memory.format_tag.abcd;
          case 5 -> memory.format_tag.abcde;
          default -> throw new IllegalArgumentException("rank " + shape.length);
        },
        shape);
  }

  static memory.desc desc(memory.format_tag format, int... shape) {
    long[] sizes = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      sizes[i] = shape[i];
    }
    return new memory.desc(sizes, memory.data_type.f32, format);
  }

  static memory empty(memory.desc desc) {
    return new memory(desc, ENGINE);
  }

  /** The row-major values in the layout of the description. */
  static memory filled(memory.desc desc, float[] values, int... shape) {
    memory plain = empty(plain(shape));
    new FloatPointer(plain.get_data_handle()).put(values);
    return reordered(plain, desc);
  }

  /** The same elements in that layout. */
  static memory reordered(memory from, memory.desc desc) {
    memory to = empty(desc);
    new reorder(from, to).execute(STREAM, from, to);
    STREAM._wait();
    return to;
  }

  /** The elements in row-major order. */
  static float[] values(memory from, int... shape) {
    memory plain = reordered(from, plain(shape));
    float[] values = new float[Numbers.size(shape)];
    new FloatPointer(plain.get_data_handle()).get(values);
    return values;
  }

  /** Arguments of a primitive. */
  static IntMemoryMap arguments() {
    return new IntMemoryMap();
  }
}
