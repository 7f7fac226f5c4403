package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorTest {
  @Test
  void itIsNamedByWhatRatiosDependOn() {
    List<String> lines =
        List.of(
            "processor\t: 0",
            "vendor_id\t: AuthenticAMD",
            "power management:",
            "",
            "flags\t\t: fpu sse2 avx2 avx512f avx512vl");
    assertEquals(
        "AuthenticAMD AVX-512, 32 KB and 1024 KB",
        Processor.kind(lines, "amd64", 32 << 10, 1 << 20));
    assertEquals(
        "GenuineIntel AVX2, 48 KB and 2048 KB",
        Processor.kind(
            List.of("vendor_id : GenuineIntel", "flags : fpu avx2"), "amd64", 48 << 10, 2 << 20));
  }

  @Test
  void whereTheSystemSaysNothingTheArchitectureServes() {
    assertEquals(
        "aarch64, 64 KB and 1024 KB", Processor.kind(List.of(), "aarch64", 64 << 10, 1 << 20));
  }

  @Test
  void thisMachineHasAKind() {
    assertTrue(Processor.kind().matches(".+, \\d+ KB and \\d+ KB"), Processor.kind());
  }
}
