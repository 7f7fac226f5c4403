package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.product.Attention.LEADING;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Lanes;

/**
 * Products by the block kernels, for heads of whole vectors: values, keys and queries are read
 * where they lie, but for kᵀ and vᵀ, which are turned, a few kilobytes, and the former scaled on
 * the way.
 */
final class AttentionTileProducts implements AttentionProducts {
  /** Elements of a key or value from which a block of them leaves the first cache levels. */
  private static final int MOST_DEPTH = 256;

  private static final long ROW = LEADING * (long) Float.BYTES;

  private final Attention.Matrices q;
  private final Attention.Matrices k;
  private final Attention.Matrices v;
  private final Attention.Sizes s;

  // Of whole blocks of queries and keys; those at the end may be smaller.
  private final TileProduct scores;
  private final TileProduct output;
  private final TileProduct moreOutput;
  private final TileProduct valueGradient;
  private final TileProduct probabilityGradient;
  private final TileProduct queryGradient;
  private final TileProduct moreQueryGradient;
  private final TileProduct keyGradient;

  AttentionTileProducts(
      Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s) {
    this.q = q;
    this.k = k;
    this.v = v;
    this.s = s;
    int m = Math.min(Attention.QUERIES, s.queries());
    int n = Math.min(Attention.KEYS, s.keys());
    scores = scores(m, n);
    output = output(m, Epilogue.STORE);
    moreOutput = s.keys() > n ? output(m, Epilogue.ACCUMULATE) : output;
    valueGradient = valueGradient(n);
    probabilityGradient = probabilityGradient(m, n);
    queryGradient = queryGradient(m, Epilogue.STORE);
    moreQueryGradient = s.keys() > n ? queryGradient(m, Epilogue.ACCUMULATE) : queryGradient;
    keyGradient = keyGradient(n);
  }

  /** Whether this is the way. */
  static boolean suits(
      Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s) {
    return TileProduct.pays(Math.min(s.queries(), Attention.QUERIES), s.keys())
        && s.depth() % L == 0
        && s.valueDepth() % L == 0
        && s.depth() <= MOST_DEPTH
        && s.valueDepth() <= MOST_DEPTH
        && !q.transposed()
        && !k.transposed()
        && !v.transposed();
  }

  private TileProduct scores(int m, int n) {
    return new TileProduct(m, n, bytes(q.leading()), Epilogue.STORE);
  }

  private TileProduct output(int m, Epilogue epilogue) {
    return new TileProduct(m, s.valueDepth(), ROW, epilogue);
  }

  private TileProduct valueGradient(int n) {
    return new TileProduct(n, s.valueDepth(), Float.BYTES, Epilogue.ACCUMULATE);
  }

  private TileProduct probabilityGradient(int m, int n) {
    return new TileProduct(m, n, bytes(s.valueDepth()), Epilogue.STORE);
  }

  private TileProduct queryGradient(int m, Epilogue epilogue) {
    return new TileProduct(m, s.depth(), ROW, epilogue);
  }

  private TileProduct keyGradient(int n) {
    return new TileProduct(n, s.depth(), Float.BYTES, Epilogue.ACCUMULATE);
  }

  private static long bytes(int floats) {
    return (long) floats * Float.BYTES;
  }

  @Override
  public void scores(int batch, int first, int m, int start, int n, long scores) {
    int depth = s.depth();
    long turned = turned(k.address(batch, start), k.leading(), n, depth);
    PanelPacking.scale(turned, Lanes.roundUp(n) * depth, s.scale());
    TileProduct product = this.scores.is(m, n) ? this.scores : scores(m, n);
    product.packed(depth, q.address(batch, first), Float.BYTES, turned, scores, ROW);
  }

  @Override
  public void probabilityGradient(int batch, int m, int start, int n, long dy, long dp) {
    int depth = s.valueDepth();
    long turned = turned(v.address(batch, start), v.leading(), n, depth);
    TileProduct product =
        probabilityGradient.is(m, n) ? probabilityGradient : probabilityGradient(m, n);
    product.packed(depth, dy, Float.BYTES, turned, dp, ROW);
  }

  /** Rows as panels of columns, in this thread's memory. */
  private static long turned(long from, int leading, int n, int depth) {
    long buffer = Scratch.address(Scratch.BYTES + TileProduct.panelBytes(n, depth));
    long to = buffer + Scratch.BYTES;
    PanelPacking.packNarrowLast(
        from, bytes(leading), true, n, depth, depth, TileProduct.WIDTH, L, to, buffer);
    return to;
  }

  @Override
  public void output(int batch, int m, int start, int n, long p, boolean add, long y) {
    TileProduct whole = add ? moreOutput : output;
    TileProduct product =
        whole.is(m, s.valueDepth()) ? whole : output(m, add ? Epilogue.ACCUMULATE : Epilogue.STORE);
    long from = v.address(batch, start);
    product.inPlace(n, p, Float.BYTES, from, bytes(v.leading()), y, bytes(s.valueDepth()));
  }

  @Override
  public void valueGradient(int m, int n, long p, long dy, long dv) {
    long row = bytes(s.valueDepth());
    TileProduct product = valueGradient.is(n, s.valueDepth()) ? valueGradient : valueGradient(n);
    product.inPlace(m, p, ROW, dy, row, dv, row);
  }

  @Override
  public void queryGradient(int batch, int m, int start, int n, long ds, boolean add, long dq) {
    TileProduct whole = add ? moreQueryGradient : queryGradient;
    TileProduct product =
        whole.is(m, s.depth())
            ? whole
            : queryGradient(m, add ? Epilogue.ACCUMULATE : Epilogue.STORE);
    long from = k.address(batch, start);
    product.inPlace(n, ds, Float.BYTES, from, bytes(k.leading()), dq, bytes(s.depth()));
  }

  @Override
  public void keyGradient(int batch, int first, int m, int n, long ds, long dk) {
    TileProduct product = keyGradient.is(n, s.depth()) ? keyGradient : keyGradient(n);
    long from = q.address(batch, first);
    product.inPlace(m, ds, ROW, from, bytes(q.leading()), dk, bytes(s.depth()));
  }
}
