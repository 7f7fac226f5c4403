package dev.lanewise.blas;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Tells from the first bytes of a file whether it is a shared library of the right kind, so that
 * the message names what is wrong (a loader would often say "file not found").
 */
final class LibraryFile {
  private static final int HEADER = 4096;

  private LibraryFile() {}

  /** What is wrong with the file as a library for this platform; empty if it looks right. */
  static Optional<String> problem(Path file, Platform platform) {
    if (!Files.exists(file)) {
      return Optional.of("does not exist");
    }
    if (!Files.isRegularFile(file)) {
      return Optional.of("is no file");
    }
    String found;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] header = in.readNBytes(HEADER);
      found = kind(header);
      if (elfBytes(header) > Files.size(file)) {
        return Optional.of("is cut off: it should have at least " + elfBytes(header) + " bytes");
      }
    } catch (IOException unreadable) {
      return Optional.of("cannot be read (" + unreadable.getMessage() + ")");
    }
    String expected = expected(platform);
    return found.equals(expected) || found.equals("macOS universal") && expected.startsWith("macOS")
        ? Optional.empty()
        : Optional.of(
            "is "
                + (found.isEmpty() ? "no shared library" : "a " + found + " library")
                + "; expected one for "
                + expected);
  }

  private static String expected(Platform platform) {
    return switch (platform) {
      case LINUX_X86_64 -> "Linux x86-64";
      case LINUX_ARM64 -> "Linux aarch64";
      case MACOSX_X86_64 -> "macOS x86-64";
      case MACOSX_ARM64 -> "macOS aarch64";
      case WINDOWS_X86_64 -> "Windows x86-64";
    };
  }

  /** System and processor of a library, for example {@code Linux x86-64}; empty if it is none. */
  static String kind(byte[] header) {
    ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOf(header, HEADER));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    int magic = bytes.getInt(0);
    if (magic == 0x464c457f) { // 7f E L F; byte 5: the byte order of what follows
      bytes.order(bytes.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      int machine = bytes.getShort(18) & 0xffff;
      return "Linux "
          + switch (machine) {
            case 3 -> "x86 (32-bit)";
            case 21 -> "ppc64";
            case 22 -> "s390x";
            case 40 -> "arm (32-bit)";
            case 62 -> "x86-64";
            case 183 -> "aarch64";
            case 243 -> "riscv64";
            case 258 -> "loongarch64";
            default -> "machine " + machine;
          };
    }
    if (magic == 0xfeedfacf) {
      return "macOS " + mac(bytes.getInt(4));
    }
    if (magic == 0xbebafeca) {
      return "macOS universal";
    }
    int portable = bytes.getInt(0x3c);
    if ((magic & 0xffff) == 0x5a4d // MZ
        && portable > 0
        && portable < HEADER - 8
        && bytes.getInt(portable) == 0x4550) { // PE 0 0
      int machine = bytes.getShort(portable + 4) & 0xffff;
      return "Windows "
          + switch (machine) {
            case 0x14c -> "x86 (32-bit)";
            case 0x8664 -> "x86-64";
            case 0xaa64 -> "aarch64";
            default -> "machine " + machine;
          };
    }
    return "";
  }

  /**
   * The size that the header of a 64-bit ELF library promises, at whose end the section table lies;
   * 0 for others. The system's loader maps such a file and dies on the first page that is not
   * there.
   */
  private static long elfBytes(byte[] header) {
    if (!kind(header).startsWith("Linux") || header.length < 64 || header[4] != 2) {
      return 0;
    }
    ByteBuffer bytes = ByteBuffer.wrap(header);
    bytes.order(header[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    return bytes.getLong(0x28) + (bytes.getShort(0x3a) & 0xffff) * (bytes.getShort(0x3c) & 0xffffL);
  }

  private static String mac(int processor) {
    return switch (processor) {
      case 0x01000007 -> "x86-64";
      case 0x0100000c -> "aarch64";
      default -> "processor " + processor;
    };
  }
}
