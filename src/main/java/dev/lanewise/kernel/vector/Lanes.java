package dev.lanewise.kernel.vector;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The width of a vector on this machine, chosen once.
 *
 * <p>The species are static finals because a species that is not a compile-time constant boxes
 * every vector. The setting {@code lanewise.lanes} (16, 8 or 4) makes vectors narrower than the
 * processor's own, so that every width can be tested on one machine.
 */
public final class Lanes {
  /** The setting that caps the width: 16, 8 or 4 floats. */
  public static final String SETTING = "lanewise.lanes";

  /** The species of every float kernel. */
  public static final VectorSpecies<Float> F =
      species(FloatVector.SPECIES_PREFERRED.length(), System.getProperty(SETTING));

  /** Ints in vectors of the same shape as {@link #F}: indices and masks beside floats. */
  public static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());

  /** Floats in one vector: 16, 8 or 4. */
  public static final int L = F.length();

  /** Bytes in one vector. */
  public static final int BYTES = F.vectorByteSize();

  /** Vector registers a kernel can use: 32 (AVX-512, Arm) or 16 (AVX2, SSE). */
  public static final int REGISTERS = registers(L, System.getProperty("os.arch"));

  private Lanes() {}

  /** The least multiple of the lane count that is not below a length. */
  public static int roundUp(int length) {
    return (length + L - 1) / L * L;
  }

  /** One sentence for {@code doctor}: the width, the registers, and why. */
  public static String reason() {
    int preferred = FloatVector.SPECIES_PREFERRED.length();
    String cause =
        L == preferred
            ? "the widest this processor and JVM offer (" + System.getProperty("os.arch") + ")"
            : "capped by -D" + SETTING + " (the JVM would choose " + preferred + ")";
    return L + " floats a vector, " + REGISTERS + " vector registers: " + cause;
  }

  static VectorSpecies<Float> species(int preferred, @Nullable String setting) {
    int lanes = preferred;
    if (setting != null) {
      lanes =
          switch (setting.trim()) {
            case "16" -> 16;
            case "8" -> 8;
            case "4" -> 4;
            default ->
                throw new IllegalArgumentException(
                    SETTING + " is " + setting + "; it must be 16, 8 or 4 floats.");
          };
    }
    return switch (Math.min(lanes, preferred)) {
      case 2, 4 -> FloatVector.SPECIES_128;
      case 8 -> FloatVector.SPECIES_256;
      default -> FloatVector.SPECIES_512;
    };
  }

  /** AVX-512 and Arm have 32 vector registers, the narrower forms of x86 have 16. */
  static int registers(int lanes, String architecture) {
    String name = architecture.toLowerCase(Locale.ROOT);
    boolean arm = name.startsWith("aarch") || name.startsWith("arm") || name.startsWith("riscv");
    return arm || lanes >= 16 ? 32 : 16;
  }
}
