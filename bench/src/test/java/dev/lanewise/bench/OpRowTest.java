package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.op.CustomOp;
import dev.lanewise.op.Op;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each operation of the catalogue has a row, and the row runs. */
class OpRowTest {
  /** Records of their own; those inside others are gradients. */
  private static void collect(Class<?> type, Set<String> names) {
    if (type.isRecord() && type.getEnclosingClass() == null) {
      String name = type.getSimpleName();
      names.add(Character.toLowerCase(name.charAt(0)) + name.substring(1));
    }
    if (type.isSealed()) {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        collect(permitted, names);
      }
    }
  }

  @Test
  void everyOperationOfTheCatalogueHasARow() {
    Set<String> names = new TreeSet<>();
    collect(Op.class, names);
    assertTrue(
        names.size() > 80 && !names.contains(CustomOp.class.getSimpleName()), names::toString);
    assertEquals(names, new TreeSet<>(OpTable.names()));
  }

  static List<String> names() {
    return OpTable.names();
  }

  /** Of the smallest size; what it computes has no NaN. */
  @ParameterizedTest
  @MethodSource("names")
  void everyRowRuns(String name) {
    for (String pass : List.of("forward", "both")) {
      Case row = Case.parse("op/%s/64/%s".formatted(name, pass));
      assertEquals("op/%s/64/%s".formatted(name, pass), row.toString());
      Work work = LanewiseWorks.of(row);
      work.run();
      for (float value : work.result()) {
        assertTrue(Float.isFinite(value), row + " gives " + value);
      }
    }
  }

  @Test
  void rowsAreNamedButNotPartOfTheSuite() {
    assertTrue(Suite.named().contains("op/exp/4096/both"));
    assertTrue(Suite.named().containsAll(Suite.all()));
    assertTrue(Suite.all().stream().noneMatch(name -> name.startsWith("op/")));
    assertEquals(2.0 * 4 * 64 * 1024, Case.parse("op/exp/64/forward").work());
    assertEquals(2 * 2.0 * 4 * 64 * 1024, Case.parse("op/exp/64/both").work());
    assertThrows(IllegalArgumentException.class, () -> Case.parse("op/exp/65/both"));
    assertThrows(IllegalArgumentException.class, () -> Case.parse("op/bessel/64/both"));
  }
}
