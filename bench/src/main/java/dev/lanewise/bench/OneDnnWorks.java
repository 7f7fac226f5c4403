package dev.lanewise.bench;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import java.util.Arrays;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;

/** The primitives of oneDNN, each in the memory formats that it likes best. */
final class OneDnnWorks {
  /** The layout of a blocked network: what convolutions with AVX-512 hand on. */
  private static final memory.format_tag BLOCKED = memory.format_tag.aBcd16b;

  private static final float EPSILON = 1e-5f;

  private OneDnnWorks() {}

  static Work of(Case what) {
    return switch (what) {
      case Gemm gemm -> new OneDnnProduct(gemm);
      case Convolution conv ->
          switch (conv.pass()) {
            case BACKWARD_DATA -> backwardData(conv);
            case BACKWARD_WEIGHTS -> backwardWeights(conv);
            default -> forward(conv);
          };
      case ImageOp op -> {
        // A network runs in one layout; both are usual.
        Work blocked = image(op, BLOCKED);
        yield Fastest.of("blocked", blocked, "channels-last", image(op, memory.format_tag.acdb));
      }
      default -> throw new IllegalArgumentException("oneDNN does not do " + what);
    };
  }

  private static Work forward(Convolution conv) {
    var primitives = forwardPrimitive(conv);
    memory src = OneDnn.filled(primitives.src_desc(), conv.input(), conv.inputShape());
    memory weights = OneDnn.filled(primitives.weights_desc(), conv.weight(), weightShape(conv));
    memory dst = OneDnn.empty(primitives.dst_desc());
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, src)
            .put(DNNL_ARG_WEIGHTS, weights)
            .put(DNNL_ARG_DST, dst);
    return new OneDnnWork(
        new convolution_forward(primitives),
        arguments,
        dst,
        conv.outputShape(),
        primitives.impl_info_str().getString(),
        src,
        weights);
  }

  private static Work backwardData(Convolution conv) {
    var primitives =
        new convolution_backward_data.primitive_desc(
            OneDnn.ENGINE,
            algorithm.convolution_direct,
            OneDnn.any(conv.inputShape()),
            OneDnn.any(weightShape(conv)),
            OneDnn.any(conv.outputShape()),
            pair(conv.stride()),
            pair(conv.padding()),
            pair(conv.padding()),
            forwardPrimitive(conv));
    memory dst =
        OneDnn.filled(primitives.diff_dst_desc(), conv.outputGradient(), conv.outputShape());
    memory weights = OneDnn.filled(primitives.weights_desc(), conv.weight(), weightShape(conv));
    memory src = OneDnn.empty(primitives.diff_src_desc());
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_DIFF_DST, dst)
            .put(DNNL_ARG_WEIGHTS, weights)
            .put(DNNL_ARG_DIFF_SRC, src);
    return new OneDnnWork(
        new convolution_backward_data(primitives),
        arguments,
        src,
        conv.inputShape(),
        primitives.impl_info_str().getString(),
        dst,
        weights);
  }

  private static Work backwardWeights(Convolution conv) {
    var primitives =
        new convolution_backward_weights.primitive_desc(
            OneDnn.ENGINE,
            algorithm.convolution_direct,
            OneDnn.any(conv.inputShape()),
            OneDnn.any(weightShape(conv)),
            OneDnn.any(conv.outputShape()),
            pair(conv.stride()),
            pair(conv.padding()),
            pair(conv.padding()),
            forwardPrimitive(conv));
    memory src = OneDnn.filled(primitives.src_desc(), conv.input(), conv.inputShape());
    memory dst =
        OneDnn.filled(primitives.diff_dst_desc(), conv.outputGradient(), conv.outputShape());
    memory weights = OneDnn.empty(primitives.diff_weights_desc());
    IntMemoryMap arguments =
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, src)
            .put(DNNL_ARG_DIFF_DST, dst)
            .put(DNNL_ARG_DIFF_WEIGHTS, weights);
    return new OneDnnWork(
        new convolution_backward_weights(primitives),
        arguments,
        weights,
        weightShape(conv),
        primitives.impl_info_str().getString(),
        src,
        dst);
  }

  private static convolution_forward.primitive_desc forwardPrimitive(Convolution conv) {
    return new convolution_forward.primitive_desc(
        OneDnn.ENGINE,
        prop_kind.forward_training,
        algorithm.convolution_direct,
        OneDnn.any(conv.inputShape()),
        OneDnn.any(weightShape(conv)),
        OneDnn.any(conv.outputShape()),
        pair(conv.stride()),
        pair(conv.padding()),
        pair(conv.padding()));
  }

  /** oneDNN counts groups as a dimension of the weights. */
  private static int[] weightShape(Convolution conv) {
    int[] all = conv.weightShape();
    return conv.groups() == 1
        ? all
        : new int[] {conv.groups(), all[0] / conv.groups(), all[1], all[2], all[3]};
  }

  private static Work image(ImageOp op, memory.format_tag format) {
    memory.desc like = OneDnn.desc(format, op.inputShape());
    memory x = OneDnn.filled(like, op.input(), op.inputShape());
    return switch (op.kind()) {
      case MAX_POOL_2, MAX_POOL_3 -> pool(op, like, OneDnn.desc(format, op.outputShape()), x);
      case BATCH_NORM -> norm(op, like, x);
      case RELU -> relu(op, like, x);
      case ADD -> {
        memory other = OneDnn.filled(like, op.other(), op.inputShape());
        memory y = OneDnn.empty(like);
        var primitives =
            new binary.primitive_desc(OneDnn.ENGINE, algorithm.binary_add, like, like, like);
        IntMemoryMap arguments =
            new IntMemoryMap()
                .put(DNNL_ARG_SRC_0, x)
                .put(DNNL_ARG_SRC_1, other)
                .put(DNNL_ARG_DST, y);
        yield new OneDnnWork(new binary(primitives), arguments, y, op.inputShape(), "", x, other);
      }
    };
  }

  private static Work pool(ImageOp op, memory.desc like, memory.desc pooled, memory x) {
    long[] window = pair(op.kind().window());
    var forward =
        new pooling_forward.primitive_desc(
            OneDnn.ENGINE,
            prop_kind.forward_training,
            algorithm.pooling_max,
            like,
            pooled,
            pair(2),
            window,
            pair(0),
            pair(0),
            pair(0));
    memory y = OneDnn.empty(pooled);
    memory workspace = OneDnn.empty(forward.workspace_desc());
    Work forwards =
        new OneDnnWork(
            new pooling_forward(forward),
            new IntMemoryMap()
                .put(DNNL_ARG_SRC, x)
                .put(DNNL_ARG_DST, y)
                .put(DNNL_ARG_WORKSPACE, workspace),
            y,
            op.outputShape(),
            "",
            x,
            workspace);
    if (op.pass() == Pass.FORWARD) {
      return forwards;
    }
    forwards.run();
    var backward =
        new pooling_backward.primitive_desc(
            OneDnn.ENGINE,
            algorithm.pooling_max,
            like,
            pooled,
            pair(2),
            window,
            pair(0),
            pair(0),
            pair(0),
            forward);
    memory dy = OneDnn.filled(pooled, op.outputGradient(), op.outputShape());
    memory dx = OneDnn.empty(like);
    return new OneDnnWork(
        new pooling_backward(backward),
        new IntMemoryMap()
            .put(DNNL_ARG_DIFF_DST, dy)
            .put(DNNL_ARG_DIFF_SRC, dx)
            .put(DNNL_ARG_WORKSPACE, workspace),
        dx,
        op.inputShape(),
        "",
        dy,
        workspace);
  }

  private static Work norm(ImageOp op, memory.desc like, memory x) {
    normalization_flags flags = normalization_flags.use_scale;
    // The value of use_scale | use_shift has no name among the flags.
    int both = flags.value | normalization_flags.use_shift.value;
    var forward =
        new batch_normalization_forward.primitive_desc(
            OneDnn.ENGINE, prop_kind.forward_training.value, like, like, EPSILON, both);
    int channels = op.c();
    memory.desc channel = OneDnn.plain(channels);
    memory mean = OneDnn.empty(channel);
    memory variance = OneDnn.empty(channel);
    memory scale = OneDnn.filled(channel, constant(channels, 1), channels);
    memory shift = OneDnn.filled(channel, constant(channels, 0), channels);
    memory y = OneDnn.empty(like);
    Work forwards =
        new OneDnnWork(
            new batch_normalization_forward(forward),
            new IntMemoryMap()
                .put(DNNL_ARG_SRC, x)
                .put(DNNL_ARG_MEAN, mean)
                .put(DNNL_ARG_VARIANCE, variance)
                .put(DNNL_ARG_SCALE, scale)
                .put(DNNL_ARG_SHIFT, shift)
                .put(DNNL_ARG_DST, y),
            y,
            op.inputShape(),
            "",
            x,
            mean,
            variance,
            scale,
            shift);
    if (op.pass() == Pass.FORWARD) {
      return forwards;
    }
    forwards.run();
    var backward =
        new batch_normalization_backward.primitive_desc(
            OneDnn.ENGINE, prop_kind.backward.value, like, like, like, EPSILON, both, forward);
    memory dy = OneDnn.filled(like, op.outputGradient(), op.inputShape());
    memory dx = OneDnn.empty(like);
    memory dScale = OneDnn.empty(channel);
    memory dShift = OneDnn.empty(channel);
    return new OneDnnWork(
        new batch_normalization_backward(backward),
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, x)
            .put(DNNL_ARG_MEAN, mean)
            .put(DNNL_ARG_VARIANCE, variance)
            .put(DNNL_ARG_SCALE, scale)
            .put(DNNL_ARG_DIFF_DST, dy)
            .put(DNNL_ARG_DIFF_SRC, dx)
            .put(DNNL_ARG_DIFF_SCALE, dScale)
            .put(DNNL_ARG_DIFF_SHIFT, dShift),
        dx,
        op.inputShape(),
        "",
        x,
        mean,
        variance,
        scale,
        dy,
        dScale,
        dShift);
  }

  private static Work relu(ImageOp op, memory.desc like, memory x) {
    var forward =
        new eltwise_forward.primitive_desc(
            OneDnn.ENGINE, prop_kind.forward_training, algorithm.eltwise_relu, like, like, 0f, 0f);
    if (op.pass() == Pass.FORWARD) {
      memory y = OneDnn.empty(like);
      return new OneDnnWork(
          new eltwise_forward(forward),
          new IntMemoryMap().put(DNNL_ARG_SRC, x).put(DNNL_ARG_DST, y),
          y,
          op.inputShape(),
          "",
          x);
    }
    var backward =
        new eltwise_backward.primitive_desc(
            OneDnn.ENGINE, algorithm.eltwise_relu, like, like, like, 0f, 0f, forward);
    memory dy = OneDnn.filled(like, op.outputGradient(), op.inputShape());
    memory dx = OneDnn.empty(like);
    return new OneDnnWork(
        new eltwise_backward(backward),
        new IntMemoryMap()
            .put(DNNL_ARG_SRC, x)
            .put(DNNL_ARG_DIFF_DST, dy)
            .put(DNNL_ARG_DIFF_SRC, dx),
        dx,
        op.inputShape(),
        "",
        x,
        dy);
  }

  private static float[] constant(int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return values;
  }

  private static long[] pair(long value) {
    return new long[] {value, value};
  }
}
