package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OwnCommandTest {
  @Test
  void whatFollowsTheMainClassIsLeftOut() {
    assertEquals(
        List.of("/jdk/bin/java", "-cp", "a", "--module", "dev.lanewise/dev.lanewise.cli.Main"),
        OwnCommand.line(
            "/jdk/bin/java",
            List.of(
                "-cp", "a", "--module", "dev.lanewise/dev.lanewise.cli.Main", "bench", "--json")));
    assertEquals(
        List.of("java", "dev.lanewise.cli.Main"),
        OwnCommand.line("java", List.of("dev.lanewise.cli.Main", "doctor")));
  }

  @Test
  void anotherProgramIsNotStartedAgain() {
    assertEquals(List.of(), OwnCommand.line("java", List.of("org.example.Tests", "bench")));
    assertEquals(List.of(), OwnCommand.line("java", List.of()));
  }

  @Test
  void theTestsAreNotTheCommand() {
    assertTrue(OwnCommand.line().isEmpty());
  }
}
