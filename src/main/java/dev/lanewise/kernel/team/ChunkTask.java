package dev.lanewise.kernel.team;

/** The body of a parallel region, see {@link Team#run}. */
@FunctionalInterface
public interface ChunkTask {
  /**
   * Does one chunk of the work. Chunks run in any order and at the same time, so none may write
   * what another one reads or writes.
   *
   * @param chunk its number, from 0
   */
  void run(int chunk);
}
