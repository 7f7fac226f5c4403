package dev.lanewise.bench;

/**
 * A work that begins anew now and then while it is warmed up, as it will for each timed iteration:
 * else what happens only then is unknown to the compiled code, which is thrown away and made again
 * during the first iterations.
 */
final class Rounds implements Runnable {
  private static final long ROUND_NANOS = 1_500_000_000;

  private final Work work;
  private long began = System.nanoTime();

  Rounds(Work work) {
    this.work = work;
  }

  @Override
  public void run() {
    if (System.nanoTime() - began > ROUND_NANOS) {
      work.reset();
      began = System.nanoTime();
    }
    work.run();
  }
}
