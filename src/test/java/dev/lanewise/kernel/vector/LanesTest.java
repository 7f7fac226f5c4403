package dev.lanewise.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LanesTest {
  @Test
  void theSettingOnlyMakesVectorsNarrower() {
    assertEquals(16, Lanes.species(16, null).length());
    assertEquals(8, Lanes.species(16, "8").length());
    assertEquals(4, Lanes.species(16, " 4 ").length());
    assertEquals(8, Lanes.species(8, "16").length());
    assertEquals(4, Lanes.species(4, null).length());
    assertEquals(4, Lanes.species(2, null).length());
  }

  @Test
  void anotherSettingIsRefusedByName() {
    var refused = assertThrows(IllegalArgumentException.class, () -> Lanes.species(16, "12"));
    assertEquals("lanewise.lanes is 12; it must be 16, 8 or 4 floats.", refused.getMessage());
  }

  @Test
  void registersFollowTheInstructionSet() {
    assertEquals(32, Lanes.registers(16, "amd64"));
    assertEquals(16, Lanes.registers(8, "amd64"));
    assertEquals(16, Lanes.registers(4, "x86_64"));
    assertEquals(32, Lanes.registers(4, "aarch64"));
  }

  @Test
  void lengthsRoundUpToWholeVectors() {
    assertEquals(0, Lanes.roundUp(0));
    assertEquals(Lanes.L, Lanes.roundUp(1));
    assertEquals(Lanes.L, Lanes.roundUp(Lanes.L));
    assertEquals(2 * Lanes.L, Lanes.roundUp(Lanes.L + 1));
  }

  @Test
  void theReasonNamesTheWidth() {
    assertTrue(Lanes.reason().startsWith(Lanes.L + " floats a vector"), Lanes.reason());
    assertEquals(Lanes.L, Lanes.I.length());
  }
}
