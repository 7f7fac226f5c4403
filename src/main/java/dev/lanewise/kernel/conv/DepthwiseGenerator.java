package dev.lanewise.kernel.conv;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.lanewise.kernel.template.VectorCode;
import dev.lanewise.kernel.vector.Lanes;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Writes the loop of a {@link DepthwiseTile} as straight-line vector code for a row of taps: each
 * column of the input is loaded once, for all outputs and taps that it meets in. With four outputs
 * and three taps that is six loads of inputs and three of weights for twelve multiply-adds, so the
 * multiply-adds bound it; tap by tap it would be fifteen.
 *
 * <p>Channels are the outer loop, as they follow each other in memory, rows of taps the inner one.
 * That goes on until a pointer is at its end: the compiler would take a loop with a counter apart
 * for its two or three turns.
 */
final class DepthwiseGenerator {
  private static final MethodTypeDesc SUMS =
      MethodTypeDesc.of(
          CD_void, CD_long, CD_long, CD_long, CD_long, CD_int, CD_long, CD_long, CD_long, CD_int,
          CD_long, CD_long, CD_long, CD_long, CD_long);
  private static final MethodTypeDesc GRADIENTS =
      MethodTypeDesc.of(
          CD_void, CD_long, CD_long, CD_long, CD_long, CD_int, CD_long, CD_long, CD_long, CD_int,
          CD_long, CD_long, CD_long);

  private final CodeBuilder code;
  private final VectorCode vectors;
  private final DepthwiseTile tile;

  // Local variables.
  private final int channel;
  private final int input;
  private final int end;
  private final int other;
  private final int loaded;

  /** Of columns, how far they lie behind the first. */
  private final int[] columns;

  /** Of outputs, how far they lie behind the first. */
  private final int[] outputs;

  private DepthwiseGenerator(CodeBuilder code, DepthwiseTile tile, int outputPixel) {
    this.code = code;
    this.tile = tile;
    vectors = new VectorCode(code);
    channel = code.allocateLocal(TypeKind.INT);
    input = code.allocateLocal(TypeKind.LONG);
    end = code.allocateLocal(TypeKind.LONG);
    other = code.allocateLocal(TypeKind.LONG);
    loaded = code.allocateLocal(TypeKind.REFERENCE);
    columns = multiples(tile.columns(), code.parameterSlot(1));
    outputs = multiples(tile.outputs(), code.parameterSlot(outputPixel));
  }

  static DepthwiseTile.Sums sums(DepthwiseTile tile) {
    return define(
        "DepthwiseSums",
        DepthwiseTile.Sums.class,
        SUMS,
        code -> new DepthwiseGenerator(code, tile, 10).sums());
  }

  static DepthwiseTile.Gradients gradients(DepthwiseTile tile) {
    return define(
        "DepthwiseGradients",
        DepthwiseTile.Gradients.class,
        GRADIENTS,
        code -> new DepthwiseGenerator(code, tile, 6).gradients());
  }

  private static <K> K define(
      String name, Class<K> kernel, MethodTypeDesc run, Consumer<CodeBuilder> body) {
    try {
      return VectorCode.define(
          MethodHandles.lookup(),
          VectorCode.kernel(DepthwiseGenerator.class, name, kernel, run, body),
          kernel);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("No kernel could be defined for " + name, impossible);
    }
  }

  /**
   * Local variables with 0, 1, 2, ... times a parameter, in the range in which a sum with an
   * address needs no bounds check.
   */
  private int[] multiples(int count, int parameter) {
    int[] slots = locals(count, TypeKind.LONG);
    for (int i = 0; i < count; i++) {
      code.loadConstant((long) i).lload(parameter).lmul();
      keep(slots[i]);
    }
    return slots;
  }

  private int[] locals(int count, TypeKind kind) {
    int[] slots = new int[count];
    Arrays.setAll(slots, i -> code.allocateLocal(kind));
    return slots;
  }

  private void keep(int address) {
    vectors.inRange();
    code.lstore(address);
  }

  /** A parameter is moved on by another. */
  private void advance(int parameter, int by) {
    int slot = code.parameterSlot(parameter);
    code.lload(slot).lload(code.parameterSlot(by)).ladd().lstore(slot);
  }

  /**
   * The loop over channels around one over rows of taps, in which {@link #input} and {@link #other}
   * stand at a row; {@code before} and {@code after} have them at the first and behind the last.
   */
  private void loops(
      int channels, int first, int otherRow, Runnable before, Runnable row, Runnable after) {
    Label nextChannel = code.newLabel();
    Label done = code.newLabel();
    code.iconst_0().istore(channel);
    code.labelBinding(nextChannel).iload(channel).iload(code.parameterSlot(channels));
    code.if_icmpge(done);
    before.run();
    code.lload(code.parameterSlot(0));
    keep(input);
    code.lload(code.parameterSlot(first));
    keep(other);
    code.lload(input).iload(code.parameterSlot(4)).i2l().lload(code.parameterSlot(2)).lmul();
    code.ladd().lstore(end);
    Label nextRow = code.newLabel();
    Label rowsDone = code.newLabel();
    code.labelBinding(nextRow).lload(input).lload(end).lcmp().ifeq(rowsDone);
    row.run();
    code.lload(input).lload(code.parameterSlot(2)).ladd();
    keep(input);
    code.lload(other).lload(code.parameterSlot(otherRow)).ladd();
    keep(other);
    code.goto_(nextRow).labelBinding(rowsDone);
    after.run();
    advance(0, 3);
    code.iinc(channel, 1).goto_(nextChannel);
    code.labelBinding(done).return_();
  }

  private void sums() {
    int[] sum = locals(tile.outputs(), TypeKind.REFERENCE);
    int[] weight = locals(tile.taps(), TypeKind.REFERENCE);
    Runnable before =
        () -> {
          for (int i = 0; i < sum.length; i++) {
            int output = i;
            switch (tile.start()) {
              case ZERO -> vectors.zero();
              case BIAS -> vectors.broadcast(() -> code.lload(code.parameterSlot(12)));
              case OUTPUT -> vectors.load(() -> output(9, output));
            }
            code.astore(sum[i]);
          }
        };
    Runnable row =
        () -> {
          for (int u = 0; u < weight.length; u++) {
            if (meets(u)) {
              long at = (long) u * tile.weightStep() * Float.BYTES;
              vectors.broadcast(() -> {
                code.lload(other).loadConstant(at).ladd();
                vectors.inRange();
              });
              code.astore(weight[u]);
            }
          }
          products((i, u) -> {
            code.aload(weight[u]).aload(loaded).aload(sum[i]);
            vectors.fma();
            code.astore(sum[i]);
          });
        };
    Runnable after =
        () -> {
          for (int i = 0; i < sum.length; i++) {
            int output = i;
            code.aload(sum[i]);
            vectors.store(() -> output(9, output));
          }
          advance(5, 7);
          advance(9, 11);
          advance(12, 13);
        };
    loops(8, 5, 6, before, row, after);
  }

  private void gradients() {
    int[] gradient = locals(tile.outputs(), TypeKind.REFERENCE);
    int[] sum = locals(tile.taps(), TypeKind.REFERENCE);
    Runnable before =
        () -> {
          for (int i = 0; i < gradient.length; i++) {
            int output = i;
            vectors.load(() -> output(5, output));
            code.astore(gradient[i]);
          }
        };
    Runnable row =
        () -> {
          for (int u = 0; u < sum.length; u++) {
            if (meets(u)) {
              int tap = u;
              vectors.load(() -> sum(tap));
              code.astore(sum[u]);
            }
          }
          products((i, u) -> {
            code.aload(gradient[i]).aload(loaded).aload(sum[u]);
            vectors.fma();
            code.astore(sum[u]);
          });
          for (int u = 0; u < sum.length; u++) {
            if (meets(u)) {
              int tap = u;
              code.aload(sum[u]);
              vectors.store(() -> sum(tap));
            }
          }
        };
    Runnable after =
        () -> {
          advance(5, 7);
          advance(9, 11);
        };
    loops(8, 9, 10, before, row, after);
  }

  /** Pushes where an output stands; a parameter says where the first one does. */
  private void output(int parameter, int i) {
    code.lload(code.parameterSlot(parameter));
    vectors.inRange();
    code.lload(outputs[i]).ladd();
  }

  /** Pushes where the sum of a tap stands. */
  private void sum(int u) {
    code.lload(other).loadConstant((long) u * Lanes.BYTES).ladd();
  }

  /** Whether a tap has a product with some output. */
  private boolean meets(int u) {
    for (int i = 0; i < tile.outputs(); i++) {
      if (tile.inside(i, u)) {
        return true;
      }
    }
    return false;
  }

  @FunctionalInterface
  private interface Product {
    void write(int output, int tap);
  }

  /** All products of a row of taps, column by column, which is output by output and tap by tap. */
  private void products(Product product) {
    for (int k = Math.max(0, tile.from()); k < Math.min(columns.length, tile.to()); k++) {
      int column = k;
      boolean first = true;
      for (int i = 0; i < tile.outputs(); i++) {
        int tap = k - i * tile.step();
        if (tap < 0 || tap % tile.tapStep() != 0 || tap / tile.tapStep() >= tile.taps()) {
          continue;
        }
        if (first) {
          vectors.load(() -> code.lload(input).lload(columns[column]).ladd());
          code.astore(loaded);
          first = false;
        }
        product.write(i, tap / tile.tapStep());
      }
    }
  }
}
