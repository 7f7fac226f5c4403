package dev.lanewise.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share the work of a kernel: the caller and some long-lived daemon workers.
 *
 * <p>A region is a number of chunks, which the threads claim one by one. The chunks depend on the
 * problem only, never on the number of threads, so a result has the same bits with any team. A
 * worker that finds nothing to do spins for a moment before it sleeps, because the next region of a
 * training step follows within microseconds.
 *
 * <p>The number of threads is the system property {@code lanewise.threads}, or the environment
 * variable {@code LANEWISE_THREADS}, or the number of processors the Java machine sees.
 */
public final class Team {
  /** More threads than this are taken for a slip of the pen. */
  public static final int MAX_THREADS = 1024;

  /** How long a thread spins before it sleeps: longer than the gap between two regions. */
  private static final long SPIN_NANOS = 50_000;

  /** Looks between two readings of the clock, which costs as much as some of them. */
  private static final int SPINS_PER_CLOCK = 32;

  private static final VarHandle TICKET;
  private static final VarHandle DONE;
  private static final VarHandle BUSY;
  private static final VarHandle FAILURE;
  private static final VarHandle ASLEEP;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TICKET = lookup.findVarHandle(Team.class, "ticket", long.class);
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
   * The number of the region (upper half) and how many of its chunks nobody has claimed (lower
   * half). Claiming is a compare-and-set of the whole, which can only succeed while that very
   * region has an unclaimed chunk, hence has not ended; so {@link #task} and {@link #chunks}, read
   * between the look at the ticket and the claim, are those of that region. A late worker of the
   * region before fails to claim.
   */
  private volatile long ticket;

  private @Nullable ChunkTask task;
  private int chunks;

  /** The chunks of the region that have been run (or skipped, after a failure). */
  private volatile int done;

  private volatile @Nullable Throwable failure;

  /** The caller, when it sleeps until the workers are done. */
  private volatile @Nullable Thread waiter;

  /**
   * A team of its own, for tests; programs use {@link #global()}.
   *
   * @param threads how many threads share the work, the caller among them: 1 to {@link
   *     #MAX_THREADS}
   */
  public Team(int threads) {
    this.threads = checked(threads, "The number of threads", Integer.toString(threads));
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
      team = new Team(setting(System.getProperty("lanewise.threads"), environment()));
      global = team;
    }
    return team;
  }

  private static @Nullable String environment() {
    return System.getenv("LANEWISE_THREADS");
  }

  /** The threads that the settings ask for; the property counts more than the environment. */
  static int setting(@Nullable String property, @Nullable String environment) {
    if (property != null && !property.isBlank()) {
      return parsed(property, "lanewise.threads");
    }
    if (environment != null && !environment.isBlank()) {
      return parsed(environment, "LANEWISE_THREADS");
    }
    return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_THREADS);
  }

  private static int parsed(String text, String name) {
    int threads;
    try {
      threads = Integer.parseInt(text.strip());
    } catch (NumberFormatException none) {
      threads = 0;
    }
    return checked(threads, name, "'" + text + "'");
  }

  private static int checked(int threads, String name, String found) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          name + " is " + found + "; expected a whole number from 1 to " + MAX_THREADS + ".");
    }
    return threads;
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
    this.threads = checked(threads, "The number of threads", Integer.toString(threads));
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
    int threads = this.threads;
    if (threads == 1 || chunks <= 1 || busy || !BUSY.compareAndSet(this, false, true)) {
      for (int chunk = 0; chunk < chunks; chunk++) {
        task.run(chunk);
      }
      return;
    }
    Throwable thrown;
    try {
      if (workers.length < threads - 1) {
        hire(threads - 1);
      }
      this.task = task;
      this.chunks = chunks;
      done = 0;
      long region = (ticket >>> 32) + 1;
      TICKET.setVolatile(this, region << 32 | chunks);
      wake(Math.min(threads, chunks) - 1);
      work();
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

  /** Claims and runs chunks until none is left. */
  private void work() {
    int mine = 0;
    int all = 0;
    while (true) {
      long seen = (long) TICKET.getAcquire(this);
      int unclaimed = (int) seen;
      if (unclaimed == 0) {
        break;
      }
      ChunkTask task = this.task;
      int chunks = this.chunks;
      if (!TICKET.compareAndSet(this, seen, seen - 1)) {
        Thread.onSpinWait();
        continue;
      }
      mine++;
      all = chunks;
      if (task != null && failure == null) {
        try {
          task.run(chunks - unclaimed);
        } catch (Throwable thrown) {
          FAILURE.compareAndSet(this, null, thrown);
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
    for (int i = old.length; i < count; i++) {
      all[i].start();
    }
    workers = all;
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T asIs(Throwable thrown) throws T {
    throw (T) thrown;
  }

  /** A thread that takes part in every region while the team has more than {@code index + 1}. */
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
          if ((int) ticket != 0 && index < threads - 1) {
            work();
            i = 0;
            idleSince = System.nanoTime();
          }
          Thread.onSpinWait();
        }
        if (System.nanoTime() - idleSince > SPIN_NANOS) {
          sleep();
          idleSince = System.nanoTime();
        }
      }
    }

    /** Sleeps until {@link Team#wake}. */
    private void sleep() {
      asleep = true;
      // Who publishes a region looks at `asleep` after it, this looks at the region after setting
      // `asleep`: one of the two sees the other.
      if ((int) ticket != 0 && index < threads - 1) {
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
