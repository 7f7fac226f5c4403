package dev.lanewise.kernel.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.OtherJvm;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The compiler's first tier gives up block kernels, and the second compiles them all the same. */
class FirstTierTest {
  /** Compiles one kernel. */
  static final class OneKernel {
    public static void main(String[] arguments) {
      BlockKernels.compiled(BlockSpec.packed(5, 2, Epilogue.STORE));
    }
  }

  @Test
  void blockKernelsAreCompiledByTheSecondTierOnly() throws Exception {
    String output =
        OtherJvm.java(
                OtherJvm.path(OtherJvm.CLASSES, OtherJvm.TEST_CLASSES),
                List.of(
                    "-XX:+PrintCompilation",
                    // Without it the process may end before the first tier has said so.
                    "-XX:-BackgroundCompilation",
                    OneKernel.class.getName()))
            .ofSuccess();
    String kernel = "dev\\.lanewise\\.kernel\\.block\\.BlockKernel5x2STORE\\S*::run .*";
    assertTrue(lines(output, " 4 +" + kernel) > 0, output);
    assertEquals(
        lines(output, " [123] +" + kernel),
        2 * lines(output, " [123] +" + kernel + "COMPILE SKIPPED.*"),
        "begun, and given up");
  }

  private static long lines(String output, String pattern) {
    Pattern line = Pattern.compile(".*" + pattern);
    return output.lines().filter(text -> line.matcher(text).matches()).count();
  }
}
