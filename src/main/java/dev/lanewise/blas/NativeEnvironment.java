package dev.lanewise.blas;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment as native code sees it. A library reads its variables when it is loaded, and the
 * JVM's own view of them is a copy, so they are set with the C library's functions, and set back on
 * {@link #close}.
 */
final class NativeEnvironment implements AutoCloseable {
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("windows");

  private final Map<String, @Nullable String> former = new LinkedHashMap<>();
  private final MethodHandle set;
  private final @Nullable MethodHandle unset;

  /**
   * @throws IllegalCallerException if native access is not granted
   */
  NativeEnvironment() {
    Linker linker = Linker.nativeLinker();
    if (WINDOWS) {
      SymbolLookup kernel = SymbolLookup.libraryLookup("kernel32", Arena.global());
      set =
          linker.downcallHandle(
              kernel.findOrThrow("SetEnvironmentVariableA"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
      unset = null;
    } else {
      SymbolLookup c = linker.defaultLookup();
      set =
          linker.downcallHandle(
              c.findOrThrow("setenv"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT));
      unset =
          linker.downcallHandle(
              c.findOrThrow("unsetenv"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    }
  }

  /** Sets a variable until this is closed; a value of null removes it. */
  void set(String name, @Nullable String value) {
    if (!former.containsKey(name)) {
      former.put(name, System.getenv(name));
    }
    write(name, value);
  }

  /** Gives every variable the value that the process was started with. */
  @Override
  public void close() {
    former.forEach(this::write);
  }

  private void write(String name, @Nullable String value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment nameText = arena.allocateFrom(name);
      MemorySegment valueText = value == null ? MemorySegment.NULL : arena.allocateFrom(value);
      int ignored; // it can fail only for a malformed name, or without memory
      if (unset == null) {
        ignored = (int) set.invokeExact(nameText, valueText);
      } else if (value == null) {
        ignored = (int) unset.invokeExact(nameText);
      } else {
        ignored = (int) set.invokeExact(nameText, valueText, 1);
      }
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }
}
