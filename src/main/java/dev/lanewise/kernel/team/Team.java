package dev.lanewise.kernel.team;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share the work of a kernel: the caller and some long-lived daemon workers.
 *
 * <p>A region is a number of chunks. The chunks depend on the problem only, never on the number of
 * threads, so a result has the same bits with any team. Each thread begins with a range of its own,
 * always at the same place among the chunks: what it wrote in one operation, the same images
 * mostly, it then reads in the next one out of its own cache, where the other core's would be dear.
 * Who has finished its range takes chunks from the far ends of the others'. A worker that finds
 * nothing to do spins for a moment before it sleeps, because the next region of a training step
 * follows soon.
 *
 * <p>The number of threads is the system property {@code lanewise.threads}, or the environment
 * variable {@code LANEWISE_THREADS}, or the number of processors the Java machine sees.
 */
public final class Team {
  /** More threads than this are taken for a slip of the pen. */
  public static final int MAX_THREADS = 1024;

  /**
   * How long a thread spins before it sleeps: longer than what a training step does on one thread
   * between two regions. To wake a thread takes 15 to 30 µs on a virtual machine.
   */
  private static final long SPIN_NANOS = 300_000;

  /** Longs from range to range: two cache lines, which processors may fetch as a pair. */
  private static final int APART = 16;

  /** Looks between two readings of the clock, which costs as much as some of them. */
  private static final int SPINS_PER_CLOCK = 32;

  private static final VarHandle RANGE = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle DONE;
  private static final VarHandle BUSY;
  private static final VarHandle FAILURE;
  private static final VarHandle ASLEEP;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      DONE = lookup.findVarHandle(Team.class, "done", int.class);
      BUSY = lookup.findVarHandle(Team.class, "busy", boolean.class);
      FAILURE = lookup.findVarHandle(Team.class, "failure", Throwable.class);
      ASLEEP = lookup.findVarHandle(Worker.class, "asleep", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private static volatile @Nullable Team global;

  private volatile int threads;
  private volatile Worker[] workers = new Worker[0];

  /** Whether a region runs. Who finds it set works alone: nested and concurrent calls. */
  private volatile boolean busy;

  /**
   * For each thread, the caller first, the chunks of its range that nobody has claimed: the first
   * of them (upper half) and the one after the last (lower half). Claiming is a compare-and-set of
   * the whole; it can only succeed while the region has an unclaimed chunk, and until that chunk is
   * done the region cannot end. So {@link #task} and {@link #chunks}, read after the claim, are
   * those of the region, however late a worker is.
   */
  private volatile long[] ranges = new long[APART * 2];

  private @Nullable ChunkTask task;
  private int chunks;

  /**
   * Whether each thread takes its range from the end. Who reads it late claims at the other end,
   * which is as right.
   */
  private volatile boolean backwards;

  /** The direction of the last region that turned; a race between callers costs only speed. */
  private boolean turn;

  /** The chunks of the region that have been run (or skipped, after a failure). */
  private volatile int done;

  private volatile @Nullable Throwable failure;

  private final SparedProcessor spared = new SparedProcessor();

  /** The caller, when it sleeps until the workers are done. */
  private volatile @Nullable Thread waiter;

  /**
   * A team of its own, for tests; programs use {@link #global()}.
   *
   * @param threads how many threads share the work, the caller among them: 1 to {@link
   *     #MAX_THREADS}
   */
  public Team(int threads) {
    this.threads = checked(threads);
  }

  /**
   * The team that all kernels share.
   *
   * @throws IllegalArgumentException on first use, if the setting is not a number of threads
   */
  public static Team global() {
    Team team = global;
    return team != null ? team : createGlobal();
  }

  private static synchronized Team createGlobal() {
    Team team = global;
    if (team == null) {
      team = new Team(ThreadSetting.read());
      team.spareProcessor();
      global = team;
    }
    return team;
  }

  private static int checked(int threads) {
    return ThreadSetting.checked(threads, "The number of threads", Integer.toString(threads));
  }

  /** How many threads share the work, the caller among them. */
  public int threads() {
    return threads;
  }

  /**
   * Changes the number of threads for the regions to come.
   *
   * @throws IllegalArgumentException if it is not 1 to {@link #MAX_THREADS}
   */
  public void setThreads(int threads) {
    this.threads = checked(threads);
  }

  /** While the process starts: the compiler is busy now, see {@link SparedProcessor}. */
  public void spareProcessor() {
    spared.begin();
  }

  public void spareProcessor(int processors) {
    spared.begin(processors);
  }

  /**
   * From now on, until the next kernel is compiled, no processor is left to the compiler: for
   * measurements of what comes after the start of a process.
   */
  public void useAllProcessors() {
    spared.end();
  }

  /**
   * Runs {@code task} once for every chunk from 0 to {@code chunks - 1} and returns when all are
   * done; what the chunks wrote is then visible to the caller. Called inside a chunk, or while
   * another thread's region runs, it does all chunks on the calling thread.
   *
   * <p>If a chunk throws, chunks that have not begun are skipped, and what was thrown first is
   * thrown here.
   */
  public void run(int chunks, ChunkTask task) {
    run(chunks, false, task);
  }

  /**
   * As {@link #run}, but each thread goes through its chunks in the other direction than the last
   * time. Where the chunks go through tensors of several megabytes, a thread then begins with what
   * it touched last, and finds that in its second cache level: a megabyte or two that need not come
   * from the third, whose speed is what bounds such work.
   */
  public void runTurning(int chunks, ChunkTask task) {
    turn = !turn;
    run(chunks, turn, task);
  }

  private void run(int chunks, boolean backwards, ChunkTask task) {
    int threads = this.threads;
    if (threads == 1 || chunks <= 1 || busy || !BUSY.compareAndSet(this, false, true)) {
      for (int i = 0; i < chunks; i++) {
        task.run(backwards ? chunks - 1 - i : i);
      }
      return;
    }
    Throwable thrown;
    try {
      int begun = spared.beginAlone(chunks, task);
      if (begun == chunks) {
        return;
      }
      this.backwards = backwards;
      if (workers.length < threads - 1) {
        hire(threads - 1);
      }
      this.task = task;
      this.chunks = chunks;
      done = begun;
      int left = chunks - begun;
      int sharing = Math.min(threads, left);
      long[] ranges = this.ranges;
      for (int i = sharing - 1; i >= 0; i--) {
        long first = begun + (long) i * left / sharing;
        long end = begun + (i + 1L) * left / sharing;
        RANGE.setVolatile(ranges, place(i), first << 32 | end);
      }
      wake(sharing - 1);
      work(0);
      awaitDone(chunks);
      thrown = failure;
      if (thrown != null) {
        failure = null;
      }
      this.task = null; // it may hold tensors
    } finally {
      busy = false;
    }
    if (thrown != null) {
      throw Team.<RuntimeException>asIs(thrown);
    }
  }

  private static int place(int thread) {
    return (thread + 1) * APART;
  }

  /** Claims and runs chunks until none is left, those of the own range first. */
  private void work(int self) {
    long[] ranges = this.ranges;
    int sharing = ranges.length / APART - 1;
    boolean forwards = !backwards;
    int mine = 0;
    int all = 0;
    for (int i = 0; i < sharing; i++) {
      int thread = self + i < sharing ? self + i : self + i - sharing;
      for (int chunk; (chunk = claim(ranges, place(thread), i == 0 == forwards)) >= 0; ) {
        mine++;
        all = chunks;
        ChunkTask task = this.task;
        if (task != null && failure == null) {
          try {
            task.run(chunk);
          } catch (Throwable thrown) {
            FAILURE.compareAndSet(this, null, thrown);
          }
        }
      }
    }
    // Until this is added the region cannot end, so all of `mine` belongs to one region.
    if (mine > 0 && (int) DONE.getAndAdd(this, mine) + mine == all) {
      Thread sleeper = waiter;
      if (sleeper != null) {
        LockSupport.unpark(sleeper);
      }
    }
  }

  /** A chunk of a range, from its beginning or its end; -1 if none is left. */
  private static int claim(long[] ranges, int place, boolean fromBeginning) {
    while (true) {
      long seen = (long) RANGE.getVolatile(ranges, place);
      int first = (int) (seen >>> 32);
      int end = (int) seen;
      if (first == end) {
        return -1;
      }
      long left = fromBeginning ? seen + (1L << 32) : seen - 1;
      if (RANGE.compareAndSet(ranges, place, seen, left)) {
        return fromBeginning ? first : end - 1;
      }
      Thread.onSpinWait();
    }
  }

  /** Waits for the chunks that workers have claimed. */
  private void awaitDone(int chunks) {
    if (done == chunks) {
      return;
    }
    long start = System.nanoTime();
    do {
      for (int i = 0; i < SPINS_PER_CLOCK; i++) {
        if (done == chunks) {
          return;
        }
        Thread.onSpinWait();
      }
    } while (System.nanoTime() - start < SPIN_NANOS);
    waiter = Thread.currentThread();
    boolean interrupted = false;
    while (done != chunks) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // else park would return at once for ever
    }
    waiter = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void wake(int count) {
    Worker[] workers = this.workers;
    for (int i = 0; i < count; i++) {
      Worker worker = workers[i];
      if (worker.asleep && ASLEEP.compareAndSet(worker, true, false)) {
        LockSupport.unpark(worker);
      }
    }
  }

  /** Only the caller of a region comes here, so only one thread at a time. */
  private void hire(int count) {
    Worker[] old = workers;
    Worker[] all = new Worker[count];
    System.arraycopy(old, 0, all, 0, old.length);
    for (int i = old.length; i < count; i++) {
      all[i] = new Worker(i);
    }
    ranges = new long[APART * (count + 2)]; // no region runs: there is nothing in the old one
    for (int i = old.length; i < count; i++) {
      all[i].start();
    }
    workers = all;
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T asIs(Throwable thrown) throws T {
    throw (T) thrown;
  }

  /** A thread that takes part in every region that has a range for it. */
  private final class Worker extends Thread {
    private final int index;
    private volatile boolean asleep;

    Worker(int index) {
      super(null, null, "lanewise-" + (index + 1), 0, false);
      this.index = index;
      setDaemon(true);
    }

    @Override
    public void run() {
      long idleSince = System.nanoTime();
      while (true) {
        for (int i = 0; i < SPINS_PER_CLOCK; i++) {
          if (called()) {
            work(index + 1);
            i = 0;
            idleSince = System.nanoTime();
          }
          Thread.onSpinWait();
        }
        if (spared.spared() || System.nanoTime() - idleSince > SPIN_NANOS) {
          sleep();
          idleSince = System.nanoTime();
        }
      }
    }

    /** Whether there are chunks in the range of this worker. */
    private boolean called() {
      long range = (long) RANGE.getVolatile(ranges, place(index + 1));
      return (int) (range >>> 32) != (int) range;
    }

    /** Sleeps until {@link Team#wake}. */
    private void sleep() {
      asleep = true;
      // Who publishes a region looks at `asleep` after it, this looks at its range after setting
      // `asleep`: one of the two sees the other.
      if (called()) {
        asleep = false;
        return;
      }
      while (asleep) {
        LockSupport.park(Team.this);
        Thread.interrupted();
      }
    }
  }
}
