package dev.lanewise.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Address space from the operating system. With POSIX {@code mmap} the pages cost nothing until
 * they are first written, so fresh memory is not touched twice, and may be huge pages; elsewhere
 * {@link Arena#global()} serves, which clears the memory.
 */
final class NativePages {
  /** The size of a huge page on x86-64 and, with 4 KB pages, on AArch64. */
  static final long HUGE = 2L << 20;

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE = 2;
  private static final int MADV_HUGEPAGE = 14;

  private static final String OS = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
  private static final boolean LINUX = OS.contains("linux");
  private static final boolean MACOS = OS.contains("mac");
  private static final int MAP_ANONYMOUS = LINUX ? 0x20 : 0x1000;
  private static final int MAP_NORESERVE = LINUX ? 0x4000 : 0x40;
  private static final int MADV_DISCARD = LINUX ? 4 : 5; // MADV_DONTNEED, MADV_FREE

  private static final @Nullable MethodHandle MMAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG));
  private static final @Nullable MethodHandle MADVISE =
      function(
          "madvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private static final String HUGE_PAGES = hugePageMode();
  private static final boolean ASK_FOR_HUGE =
      HUGE_PAGES.equals("always") || HUGE_PAGES.equals("madvise");

  private NativePages() {}

  /** Whether memory costs nothing until it is touched, and {@link #discard} works. */
  static boolean lazy() {
    return MMAP != null && MADVISE != null;
  }

  /**
   * The mode of transparent huge pages: {@code always}, {@code madvise}, {@code never}, or {@code
   * unavailable} where the system has none or the pool cannot ask for them.
   */
  static String hugePages() {
    return HUGE_PAGES;
  }

  /**
   * Reserves this many bytes for the rest of the life of the process.
   *
   * @param bytes a multiple of 64
   * @return the address, a multiple of 64, and of {@link #HUGE} where {@link #lazy()}; 0 if the
   *     system refuses
   */
  static long reserve(long bytes) {
    MethodHandle mmap = MMAP;
    if (mmap == null || MADVISE == null) {
      try {
        return Arena.global().allocate(bytes, 64).address();
      } catch (OutOfMemoryError refused) {
        return 0;
      }
    }
    // The slack for the alignment is never touched, so it is address space only.
    long mapped;
    try {
      mapped =
          (long)
              mmap.invokeExact(
                  0L,
                  bytes + HUGE,
                  PROT_READ_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1,
                  0L);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
    if (mapped == -1) {
      return 0;
    }
    long address = (mapped + HUGE - 1) & -HUGE;
    if (ASK_FOR_HUGE) {
      advise(address, bytes, MADV_HUGEPAGE); // a refusal only costs speed
    }
    return address;
  }

  /**
   * Gives the physical memory of a range back; the addresses stay valid, their contents are lost.
   *
   * @param address a multiple of the page size
   * @param bytes a multiple of the page size
   * @return whether the system did it
   */
  static boolean discard(long address, long bytes) {
    return lazy() && advise(address, bytes, MADV_DISCARD);
  }

  private static boolean advise(long address, long bytes, int advice) {
    MethodHandle madvise = MADVISE;
    try {
      return madvise != null && (int) madvise.invokeExact(address, bytes, advice) == 0;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /**
   * The memory this process may use, in bytes: what the machine has, or what its control group
   * allows; 0 if unknown.
   */
  static long physicalBytes() {
    if (LINUX) {
      long bytes = 0;
      for (String line : text("/proc/meminfo").lines().toList()) {
        if (line.startsWith("MemTotal:")) {
          bytes = number(line.replaceAll("\\D", "")) << 10;
        }
      }
      for (String file :
          new String[] {
            "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"
          }) {
        long allowed = number(text(file));
        if (allowed > 0 && (bytes == 0 || allowed < bytes)) {
          bytes = allowed;
        }
      }
      return bytes;
    }
    if (MACOS) {
      MethodHandle sysconf =
          function("sysconf", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
      try {
        return sysconf == null
            ? 0
            : Math.max(0, (long) sysconf.invokeExact(200))
                * Math.max(0, (long) sysconf.invokeExact(29)); // _SC_PHYS_PAGES, _SC_PAGESIZE
      } catch (Throwable impossible) {
        throw new AssertionError(impossible);
      }
    }
    return 0;
  }

  private static String hugePageMode() {
    String modes = LINUX && lazy() ? text("/sys/kernel/mm/transparent_hugepage/enabled") : "";
    int open = modes.indexOf('[');
    int close = modes.indexOf(']');
    return open < 0 || close < open ? "unavailable" : modes.substring(open + 1, close);
  }

  private static @Nullable MethodHandle function(String name, FunctionDescriptor descriptor) {
    if (!LINUX && !MACOS || ValueLayout.ADDRESS.byteSize() != 8) {
      return null;
    }
    try {
      Linker linker = Linker.nativeLinker();
      SymbolLookup library = linker.defaultLookup();
      MemorySegment symbol = library.find(name).orElse(null);
      return symbol == null ? null : linker.downcallHandle(symbol, descriptor);
    } catch (UnsupportedOperationException | IllegalCallerException refused) {
      return null; // no linker on this platform, or native access is not granted
    }
  }

  private static String text(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException | SecurityException absent) {
      return "";
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException none) { // "max" in a control group
      return 0;
    }
  }
}
