package dev.lanewise.cli;

import java.lang.module.ModuleDescriptor;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, and of the Java that it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"lanewise " + number() + " (Java " + Runtime.version() + ")"};
  }

  /** As the build named it. */
  static String number() {
    ModuleDescriptor module = Version.class.getModule().getDescriptor();
    String fromModule = module == null ? null : module.rawVersion().orElse(null);
    String fromManifest = Version.class.getPackage().getImplementationVersion();
    return fromModule != null ? fromModule : fromManifest != null ? fromManifest : "(unpacked)";
  }
}
