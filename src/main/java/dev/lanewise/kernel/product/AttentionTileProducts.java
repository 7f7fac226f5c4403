package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.product.Attention.LEADING;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Lanes;
import org.jspecify.annotations.Nullable;

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

  private final Sized scores = new Sized();
  private final Sized output = new Sized();
  private final Sized valueGradient = new Sized();
  private final Sized probabilityGradient = new Sized();
  private final Sized queryGradient = new Sized();
  private final Sized keyGradient = new Sized();

  AttentionTileProducts(
      Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s) {
    this.q = q;
    this.k = k;
    this.v = v;
    this.s = s;
  }

  /**
   * One of the products. Its sizes are the same for all blocks of queries and keys but the last
   * ones, so what served last mostly serves again; threads that share it may look it up twice.
   */
  private static final class Sized {
    private @Nullable TileProduct storing;
    private @Nullable TileProduct adding;

    /** A product that always has these bytes between rows of A. */
    TileProduct of(int m, int n, long aRow, boolean add) {
      TileProduct product = add ? adding : storing;
      if (product == null || !product.is(m, n)) {
        product = new TileProduct(m, n, aRow, add ? Epilogue.ACCUMULATE : Epilogue.STORE);
        if (add) {
          adding = product;
        } else {
          storing = product;
        }
      }
      return product;
    }
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

  private static long bytes(int floats) {
    return (long) floats * Float.BYTES;
  }

  @Override
  public void scores(int batch, int first, int m, int start, int n, long scores) {
    int depth = s.depth();
    long turned = turned(k.address(batch, start), k.leading(), n, depth);
    PanelPacking.scale(turned, Lanes.roundUp(n) * depth, s.scale());
    this.scores
        .of(m, n, bytes(q.leading()), false)
        .packed(depth, q.address(batch, first), Float.BYTES, turned, scores, ROW);
  }

  @Override
  public void probabilityGradient(
      int batch, int m, int start, int n, long dy, int dyLeading, long dp) {
    int depth = s.valueDepth();
    long turned = turned(v.address(batch, start), v.leading(), n, depth);
    probabilityGradient
        .of(m, n, bytes(dyLeading), false)
        .packed(depth, dy, Float.BYTES, turned, dp, ROW);
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
  public void output(
      int batch, int m, int start, int n, long p, boolean add, long y, int yLeading) {
    long from = v.address(batch, start);
    output
        .of(m, s.valueDepth(), ROW, add)
        .inPlace(n, p, Float.BYTES, from, bytes(v.leading()), y, bytes(yLeading));
  }

  @Override
  public void valueGradient(
      int m, int n, long p, long dy, int dyLeading, boolean add, long dv, int dvLeading) {
    valueGradient
        .of(n, s.valueDepth(), Float.BYTES, add)
        .inPlace(m, p, ROW, dy, bytes(dyLeading), dv, bytes(dvLeading));
  }

  @Override
  public void queryGradient(
      int batch, int m, int start, int n, long ds, boolean add, long dq, int dqLeading) {
    long from = k.address(batch, start);
    queryGradient
        .of(m, s.depth(), ROW, add)
        .inPlace(n, ds, Float.BYTES, from, bytes(k.leading()), dq, bytes(dqLeading));
  }

  @Override
  public void keyGradient(
      int batch, int first, int m, int n, long ds, boolean add, long dk, int dkLeading) {
    long from = q.address(batch, first);
    keyGradient
        .of(n, s.depth(), Float.BYTES, add)
        .inPlace(m, ds, ROW, from, bytes(q.leading()), dk, bytes(dkLeading));
  }
}
