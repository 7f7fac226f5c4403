package dev.lanewise.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryFileTest {
  /** A 64-bit ELF library for a machine, with nothing in it but a stack that is not executable. */
  static byte[] elf(int machine) {
    byte[] header = new byte[64 + 56];
    System.arraycopy(HexFormat.of().parseHex("7f454c46020101"), 0, header, 0, 7);
    header[16] = 3;
    header[18] = (byte) machine;
    header[19] = (byte) (machine >> 8);
    header[0x20] = 64; // one program header of 56 bytes follows
    header[0x36] = 56;
    header[0x38] = 1;
    System.arraycopy(HexFormat.of().parseHex("51e5746406000000"), 0, header, 64, 8);
    return header;
  }

  @Test
  void namesTheKindOfALibrary() {
    assertEquals("Linux x86-64", LibraryFile.kind(elf(62)));
    assertEquals("Linux aarch64", LibraryFile.kind(elf(183)));
    assertEquals("Linux machine 9", LibraryFile.kind(elf(9)));
    assertEquals("macOS aarch64", LibraryFile.kind(HexFormat.of().parseHex("cffaedfe0c000001")));
    assertEquals("macOS universal", LibraryFile.kind(HexFormat.of().parseHex("cafebabe00000002")));
    byte[] windows = new byte[256];
    System.arraycopy(HexFormat.of().parseHex("4d5a"), 0, windows, 0, 2);
    windows[0x3c] = (byte) 0x80;
    System.arraycopy(HexFormat.of().parseHex("504500006486"), 0, windows, 0x80, 6);
    assertEquals("Windows x86-64", LibraryFile.kind(windows));
    assertEquals(
        "", LibraryFile.kind("GROUP ( libopenblas.so.0 )".getBytes(StandardCharsets.UTF_8)));
    assertEquals("", LibraryFile.kind(new byte[0]));
  }

  @Test
  void saysWhatIsWrong(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("lib.so");
    assertEquals(Optional.of("does not exist"), LibraryFile.problem(file, Platform.LINUX_X86_64));
    assertEquals(Optional.of("is no file"), LibraryFile.problem(folder, Platform.LINUX_X86_64));
    Files.write(file, elf(183));
    assertEquals(Optional.empty(), LibraryFile.problem(file, Platform.LINUX_ARM64));
    assertEquals(
        Optional.of("is a Linux aarch64 library; expected one for Linux x86-64"),
        LibraryFile.problem(file, Platform.LINUX_X86_64));
    byte[] cutOff = elf(62);
    cutOff[0x28 + 1] = 1; // the section table begins at byte 256
    Files.write(file, cutOff);
    assertEquals(
        Optional.of("is cut off: it should have at least 256 bytes"),
        LibraryFile.problem(file, Platform.LINUX_X86_64));
    Files.writeString(file, "hello");
    assertEquals(
        Optional.of("is no shared library; expected one for macOS aarch64"),
        LibraryFile.problem(file, Platform.MACOSX_ARM64));
  }
}
