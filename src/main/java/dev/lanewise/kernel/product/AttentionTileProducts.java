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

  private final Sized scores;
  private final Sized output = new Sized(ROW, Epilogue.STORE);
  private final Sized moreOutput = new Sized(ROW, Epilogue.ACCUMULATE);
  private final Sized valueGradient = new Sized(Float.BYTES, Epilogue.ACCUMULATE);
  private final Sized probabilityGradient;
  private final Sized queryGradient = new Sized(ROW, Epilogue.STORE);
  private final Sized moreQueryGradient = new Sized(ROW, Epilogue.ACCUMULATE);
  private final Sized keyGradient = new Sized(Float.BYTES, Epilogue.ACCUMULATE);

  AttentionTileProducts(
      Attention.Matrices q, Attention.Matrices k, Attention.Matrices v, Attention.Sizes s) {
    this.q = q;
    this.k = k;
    this.v = v;
    this.s = s;
    scores = new Sized(bytes(q.leading()), Epilogue.STORE);
    probabilityGradient = new Sized(bytes(s.valueDepth()), Epilogue.STORE);
  }

  /**
   * One of the products. Its sizes are the same for all blocks of queries and keys but the last
   * ones, so what served last mostly serves again; threads that share it may look it up twice.
   */
  private static final class Sized {
    private final long aRow;
    private final Epilogue epilogue;
    private @Nullable TileProduct last;

    Sized(long aRow, Epilogue epilogue) {
      this.aRow = aRow;
      this.epilogue = epilogue;
    }

    TileProduct of(int m, int n) {
      TileProduct product = last;
      if (product == null || !product.is(m, n)) {
        product = new TileProduct(m, n, aRow, epilogue);
        last = product;
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
    this.scores.of(m, n).packed(depth, q.address(batch, first), Float.BYTES, turned, scores, ROW);
  }

  @Override
  public void probabilityGradient(int batch, int m, int start, int n, long dy, long dp) {
    int depth = s.valueDepth();
    long turned = turned(v.address(batch, start), v.leading(), n, depth);
    probabilityGradient.of(m, n).packed(depth, dy, Float.BYTES, turned, dp, ROW);
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
    TileProduct product = (add ? moreOutput : output).of(m, s.valueDepth());
    long from = v.address(batch, start);
    product.inPlace(n, p, Float.BYTES, from, bytes(v.leading()), y, bytes(s.valueDepth()));
  }

  @Override
  public void valueGradient(int m, int n, long p, long dy, long dv) {
    long row = bytes(s.valueDepth());
    valueGradient.of(n, s.valueDepth()).inPlace(m, p, ROW, dy, row, dv, row);
  }

  @Override
  public void queryGradient(int batch, int m, int start, int n, long ds, boolean add, long dq) {
    TileProduct product = (add ? moreQueryGradient : queryGradient).of(m, s.depth());
    long from = k.address(batch, start);
    product.inPlace(n, ds, Float.BYTES, from, bytes(k.leading()), dq, bytes(s.depth()));
  }

  @Override
  public void keyGradient(int batch, int first, int m, int n, long ds, long dk) {
    long from = q.address(batch, first);
    keyGradient
        .of(n, s.depth())
        .inPlace(m, ds, ROW, from, bytes(q.leading()), dk, bytes(s.depth()));
  }
}
