package dev.lanewise;

import dev.lanewise.kernel.team.Team;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Gives the team, after each test, the threads back that it had before. */
public final class SameThreads implements BeforeEachCallback, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(SameThreads.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put(Team.class, Team.global().threads());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Team.global().setThreads(context.getStore(NAMESPACE).remove(Team.class, Integer.class));
  }
}
