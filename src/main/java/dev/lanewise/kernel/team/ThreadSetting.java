package dev.lanewise.kernel.team;

import org.jspecify.annotations.Nullable;

/** How many threads the settings ask for. */
final class ThreadSetting {
  private ThreadSetting() {}

  /** What the system property and the environment of this process say. */
  static int read() {
    return of(System.getProperty("lanewise.threads"), System.getenv("LANEWISE_THREADS"));
  }

  /** What these two say; the property counts more than the environment. */
  static int of(@Nullable String property, @Nullable String environment) {
    if (property != null && !property.isBlank()) {
      return parsed(property, "lanewise.threads");
    }
    if (environment != null && !environment.isBlank()) {
      return parsed(environment, "LANEWISE_THREADS");
    }
    return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, Team.MAX_THREADS);
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

  /**
   * The number, if it is one of threads.
   *
   * @param name what it is, for the message
   * @param found the number as it was given
   * @throws IllegalArgumentException if it is not 1 to {@link Team#MAX_THREADS}
   */
  static int checked(int threads, String name, String found) {
    if (threads < 1 || threads > Team.MAX_THREADS) {
      throw new IllegalArgumentException(
          name + " is " + found + "; expected a whole number from 1 to " + Team.MAX_THREADS + ".");
    }
    return threads;
  }
}
