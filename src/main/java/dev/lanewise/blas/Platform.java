package dev.lanewise.blas;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The platforms for which an OpenBLAS is bundled, each with the files that its jar carries. They
 * are pinned: a file with any other SHA-256 is never loaded. The list {@code native/*.sha256} holds
 * the same sums.
 */
enum Platform {
  LINUX_X86_64(
      "linux-x86_64",
      List.of(
          new Pin(
              "libgcc_s.so.1", "a93ec41b336a895a7f0d7b789d66f6fc816de1a5ad0da37e8cfc428d7e9f8dd4"),
          new Pin(
              "libquadmath.so.0",
              "67d3147512460e56dc805582ed5d32b66a7a199247ba5a27b7cb3054d2b2fef2"),
          new Pin(
              "libgfortran.so.5",
              "3ec471016fbfea6ccda4736fbbf2d0098e6386d2c34fb7ae9b15d91fa1b38874"),
          new Pin(
              "libopenblas.so.0",
              "e3a80f7696735e6bcd374fbe6c91e42f83dc8bfb09c5b92a5f73d67c76b55ec1"))),
  LINUX_ARM64(
      "linux-arm64",
      List.of(
          new Pin(
              "libgcc_s.so.1", "92a2404506e149005a3da5e2e848e4ca291d84c06eb957bc5f1cea4d25f4f365"),
          new Pin(
              "libgfortran.so.5",
              "b44afbaa08d3f793697561ff51f6b8848e9b7e812feefc126199d15a192f050d"),
          new Pin(
              "libopenblas.so.0",
              "d71a5eb85ac08c38505c66c0e4d478079270b63bf0be95a401843cb48351816e"))),
  MACOSX_X86_64(
      "macosx-x86_64",
      List.of(
          new Pin(
              "libgcc_s.1.1.dylib",
              "ca3962839de790eafcbde2ccfa81de95348bfe5a1a7da6c7496014683a7859ca"),
          new Pin(
              "libquadmath.0.dylib",
              "75349efd4fa36b053aef2e1822a6c3a3c677789db482130ee90c2b912a00b374"),
          new Pin(
              "libgfortran.5.dylib",
              "9f7aa6100d3928fe8c1a56e218e68fa60c2d2c17156ceee51a04b51ecac9aecb"),
          new Pin(
              "libopenblas.0.dylib",
              "ee18e4a741b03d7a3a77e66910eed0c9f62f402af7a9174865199d165b326fed"))),
  MACOSX_ARM64(
      "macosx-arm64",
      List.of(
          new Pin(
              "libopenblas.0.dylib",
              "fa5bfb083d42c7ef5796e2dbfec56307fb28defdac752f5c2d95918ab6fe3b7b"))),
  WINDOWS_X86_64(
      "windows-x86_64",
      List.of(
          new Pin(
              "libopenblas.dll",
              "0076c324ee006de7b51b7d9f95611b5574dd9369fa07c789c4fedae0810a2142")));

  /** The version of the bundled library, as its artifact has it. */
  static final String BUNDLED_VERSION = "0.3.31-1.5.13";

  /** A file and the SHA-256 that it must have. */
  record Pin(String file, String sha256) {}

  private final String folder;
  private final List<Pin> pins;

  Platform(String folder, List<Pin> pins) {
    this.folder = folder;
    this.pins = pins;
  }

  /** The platform of this JVM, if a library is bundled for it. */
  static Optional<Platform> current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static Optional<Platform> of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    boolean arm = osArch.equals("aarch64");
    if (!arm && !osArch.equals("amd64") && !osArch.equals("x86_64")) {
      return Optional.empty();
    }
    if (os.contains("linux")) {
      return Optional.of(arm ? LINUX_ARM64 : LINUX_X86_64);
    }
    if (os.contains("mac")) {
      return Optional.of(arm ? MACOSX_ARM64 : MACOSX_X86_64);
    }
    return os.contains("windows") && !arm ? Optional.of(WINDOWS_X86_64) : Optional.empty();
  }

  /** The platform's name in artifacts and in resources, for example {@code linux-x86_64}. */
  String folder() {
    return folder;
  }

  /** The name of the module that the platform's jar is on a module path. */
  String module() {
    return "org.bytedeco.openblas." + folder.replaceFirst("-", ".");
  }

  /** The files to load, each after those that it needs; the last is OpenBLAS itself. */
  List<Pin> pins() {
    return pins;
  }

  /** The resource that holds a file. */
  String resource(Pin pin) {
    return "org/bytedeco/openblas/" + folder + "/" + pin.file();
  }
}
