package dev.lanewise.bench;

/** The faster of two ways to do the same, so that a peer is measured at its best. */
final class Fastest implements Work {
  private static final int ROUNDS = 7;

  private final String name;
  private final Work work;

  private Fastest(String name, Work work) {
    this.name = name;
    this.work = work;
  }

  /** Runs both in turn a few times; the one with the fastest run is it. */
  static Work of(String firstName, Work first, String secondName, Work second) {
    long firstBest = Long.MAX_VALUE;
    long secondBest = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      firstBest = Math.min(firstBest, nanos(first));
      secondBest = Math.min(secondBest, nanos(second));
    }
    return firstBest <= secondBest
        ? new Fastest(firstName, first)
        : new Fastest(secondName, second);
  }

  private static long nanos(Work work) {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  @Override
  public void run() {
    work.run();
  }

  @Override
  public float[] result() {
    return work.result();
  }

  @Override
  public void reset() {
    work.reset();
  }

  @Override
  public String note() {
    return name;
  }
}
