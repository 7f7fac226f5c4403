package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Holds the arrows between the packages: who may use whom, and who may touch vectors, raw addresses
 * and foreign functions. It reads the compiled classes, so nothing that javac resolved escapes it.
 */
class ArchitectureTest {
  private static final String BASE = "dev.lanewise.";

  /**
   * The packages from the bottom up. A package may use itself, the packages of its own line where
   * {@link #FAMILIES} says so, and every package of a line above it here.
   */
  private static final List<Set<String>> LAYERS =
      List.of(
          Set.of("memory"),
          Set.of("blas"),
          Set.of("kernel.vector"),
          Set.of("kernel.team"),
          Set.of("kernel.template"),
          Set.of("kernel.elementwise", "kernel.block"),
          Set.of("kernel.reduce", "kernel.norm", "kernel.pool", "kernel.random", "kernel.conv"),
          Set.of("kernel.product"),
          Set.of("kernel.update", "kernel.recurrent"),
          Set.of("kernel"),
          Set.of("tensor", "op"),
          Set.of("nn", "optim", "data", "io"),
          Set.of("model"),
          Set.of("train"),
          Set.of("example"),
          Set.of("conformance"),
          Set.of("cli"));

  /** Packages of one line that know each other; all other neighbours must not. */
  private static final List<Set<String>> FAMILIES = List.of(Set.of("tensor", "op"));

  /** What only some packages may use: classes by the start of their name, with the reason. */
  private static final List<Restriction> RESTRICTIONS =
      List.of(
          new Restriction("jdk.incubator.vector.", Set.of("kernel", "op"), "vector code"),
          new Restriction("java.lang.foreign.Linker", Set.of("memory", "blas"), "native calls"),
          new Restriction(
              "java.lang.foreign.SymbolLookup", Set.of("memory", "blas"), "native calls"),
          new Restriction(BASE + "blas.openblas.", Set.of("blas"), "the generated bindings"));

  private static final String BLOCK = BASE + "memory.Block";
  private static final Set<String> ADDRESS_USERS = Set.of("memory", "blas", "kernel");

  /** What exported classes offer to other packages of this module alone: ops and optimisers. */
  private static final Set<String> OFFERED_WITHIN =
      Set.of(
          BASE + "kernel.product.OuterProduct",
          BASE + "kernel.update.UpdateFormula",
          BASE + "kernel.update.UpdateSlope",
          BLOCK);

  private static final Pattern CLASS_IN_SIGNATURE = Pattern.compile("L([\\w/$]+)[;<]");

  private record Restriction(String prefix, Set<String> allowed, String what) {}

  /**
   * A compiled class: its binary name, the classes it names, the members it uses, and the classes
   * that its public and protected members name, if it is public.
   */
  private record Compiled(String name, Set<String> uses, Set<String> members, Set<String> offers) {}

  @Test
  void everyArrowPointsDown() throws IOException {
    List<Compiled> classes = compiledClasses();
    assertTrue(classes.size() > 20, "found only " + classes.size() + " classes to check");
    report(classes.stream().flatMap(c -> violations(c).stream()).toList());
  }

  @Test
  void everyPackageHasAPlace() throws IOException {
    report(
        compiledClasses().stream()
            .map(Compiled::name)
            .filter(name -> !name.equals("module-info"))
            .filter(name -> layer(packageOf(name)) < 0)
            .map(name -> name + " lies in a package that ArchitectureTest.LAYERS does not name")
            .toList());
  }

  @Test
  void whatWorksOnRawAddressesIsNotExported() throws IOException {
    Set<String> exported = new TreeSet<>();
    exportedPackages().forEach(name -> exported.add(part(packageOf(name + ".X"))));
    exported.retainAll(ADDRESS_USERS);
    assertEquals(Set.of(), exported);
  }

  /** Otherwise users could not name what a method takes or gives. */
  @Test
  void publicMembersNameOnlyWhatIsExported() throws IOException {
    Set<String> exported = exportedPackages();
    report(
        compiledClasses().stream()
            .filter(compiled -> exported.contains(folder(compiled.name())))
            .flatMap(compiled ->
                compiled.offers().stream()
                    .filter(name -> name.startsWith(BASE) && !exported.contains(folder(name)))
                    .filter(name -> !OFFERED_WITHIN.contains(name))
                    .map(name -> compiled.name() + " offers " + name + ", not exported"))
            .toList());
  }

  private static Set<String> exportedPackages() throws IOException {
    try (InputStream moduleInfo =
        Files.newInputStream(OtherJvm.CLASSES.resolve("module-info.class"))) {
      return ModuleDescriptor.read(moduleInfo).exports().stream()
          .map(ModuleDescriptor.Exports::source)
          .collect(Collectors.toSet());
    }
  }

  private static String folder(String className) {
    return className.substring(0, Math.max(0, className.lastIndexOf('.')));
  }

  @Test
  void inventedViolationsAreFound() {
    assertEquals(
        List.of(
            "dev.lanewise.kernel.conv.X (package kernel.conv) uses dev.lanewise.tensor.Tensor"
                + " (package tensor): not allowed"),
        violations(invented("kernel.conv", BASE + "tensor.Tensor")));
    assertEquals(1, violations(invented("kernel.block", BASE + "kernel.conv.Winograd")).size());
    assertEquals(1, violations(invented("kernel.pool", BASE + "kernel.conv.Winograd")).size());
    assertEquals(1, violations(invented("nn", BASE + "optim.Sgd")).size());
    assertEquals(1, violations(invented("nn", "jdk.incubator.vector.FloatVector")).size());
    assertEquals(1, violations(invented("kernel.block", "java.lang.foreign.Linker$Option")).size());
    assertEquals(1, violations(invented("tensor", BLOCK, "address")).size());
    assertEquals(2, violations(invented("memory", BASE + "blas.openblas.Cblas")).size());

    assertEquals(List.of(), violations(invented("op", BASE + "tensor.Tensor")));
    assertEquals(List.of(), violations(invented("cli", BASE + "kernel.team.Team")));
    assertEquals(List.of(), violations(invented("op", "jdk.incubator.vector.FloatVector")));
    assertEquals(List.of(), violations(invented("blas", BASE + "blas.openblas.Cblas")));
    assertEquals(List.of(), violations(invented("kernel.conv", BASE + "kernel.team.Team")));
    assertEquals(List.of(), violations(invented("kernel.vector", BLOCK, "address")));
    assertEquals(List.of(), violations(invented("tensor", BLOCK, "bytes")));
  }

  /** A class {@code X} written into {@code packageName} that calls a method of {@code used}. */
  private static Compiled invented(String packageName, String used, String method) {
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of(BASE + packageName, "X"),
                type ->
                    type.withMethodBody(
                        "call",
                        ConstantDescs.MTD_void,
                        ClassFile.ACC_STATIC,
                        code ->
                            code.invokestatic(
                                    ClassDesc.of(used),
                                    method,
                                    MethodTypeDesc.of(ConstantDescs.CD_void))
                                .return_()));
    return read(bytes);
  }

  private static Compiled invented(String packageName, String used) {
    return invented(packageName, used, "anything");
  }

  private static void report(List<String> violations) {
    if (!violations.isEmpty()) {
      fail("\n  " + String.join("\n  ", violations));
    }
  }

  private static List<String> violations(Compiled compiled) {
    List<String> found = new ArrayList<>();
    String from = packageOf(compiled.name());
    for (String used : compiled.uses()) {
      if (used.startsWith(BASE) && !mayUse(from, packageOf(used))) {
        found.add(
            "%s (package %s) uses %s (package %s): not allowed"
                .formatted(compiled.name(), from, used, packageOf(used)));
      }
      for (Restriction restriction : RESTRICTIONS) {
        if (used.startsWith(restriction.prefix()) && !restriction.allowed().contains(part(from))) {
          found.add(
              "%s (package %s) uses %s: %s only in %s"
                  .formatted(
                      compiled.name(),
                      from,
                      used,
                      restriction.what(),
                      new TreeSet<>(restriction.allowed())));
        }
      }
    }
    if (compiled.members().contains(BLOCK + ".address") && !ADDRESS_USERS.contains(part(from))) {
      found.add(
          "%s (package %s) calls Block.address(): raw addresses only in %s"
              .formatted(compiled.name(), from, new TreeSet<>(ADDRESS_USERS)));
    }
    return found;
  }

  private static boolean mayUse(String from, String to) {
    return from.equals(to)
        || layer(from) > layer(to)
        || FAMILIES.stream().anyMatch(family -> family.contains(from) && family.contains(to));
  }

  private static int layer(String packageName) {
    for (int i = 0; i < LAYERS.size(); i++) {
      if (LAYERS.get(i).contains(packageName)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * The package of a class as it stands in {@link #LAYERS}: with the family where it lies in {@code
   * kernel}; everywhere else, packages below one of a layer belong to it.
   */
  private static String packageOf(String className) {
    if (!className.startsWith(BASE)) {
      return "";
    }
    String[] names = className.substring(BASE.length()).split("\\.", -1);
    return names.length < 2
        ? ""
        : names.length > 2 && names[0].equals("kernel") ? names[0] + "." + names[1] : names[0];
  }

  private static String part(String packageName) {
    return packageName.split("\\.", 2)[0];
  }

  private static List<Compiled> compiledClasses() throws IOException {
    List<Compiled> classes = new ArrayList<>();
    try (var files = Files.walk(OtherJvm.CLASSES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
        classes.add(read(Files.readAllBytes(file)));
      }
    }
    return classes;
  }

  private static Compiled read(byte[] bytes) {
    ClassModel model = ClassFile.of().parse(bytes);
    Set<String> uses = new TreeSet<>();
    Set<String> members = new TreeSet<>();
    for (PoolEntry entry : model.constantPool()) {
      switch (entry) {
        case ClassEntry used -> addClasses(used.asSymbol().descriptorString(), uses);
        case NameAndTypeEntry used -> addClasses(used.type().stringValue(), uses);
        case MethodTypeEntry used -> addClasses(used.descriptor().stringValue(), uses);
        case MemberRefEntry used ->
            members.add(used.owner().asInternalName().replace('/', '.') + "." + used.name());
        default -> {}
      }
    }
    Set<String> offers = new TreeSet<>();
    boolean shown = model.flags().has(AccessFlag.PUBLIC);
    for (FieldModel field : model.fields()) {
      addClasses(field.fieldType().stringValue(), uses);
      if (shown && visible(field.flags())) {
        addClasses(field.fieldType().stringValue(), offers);
      }
    }
    for (MethodModel method : model.methods()) {
      addClasses(method.methodType().stringValue(), uses);
      if (shown && visible(method.flags())) {
        addClasses(method.methodType().stringValue(), offers);
      }
    }
    String name = model.thisClass().asInternalName().replace('/', '.');
    return new Compiled(name, uses, members, offers);
  }

  private static boolean visible(AccessFlags flags) {
    return (flags.has(AccessFlag.PUBLIC) || flags.has(AccessFlag.PROTECTED))
        && !flags.has(AccessFlag.SYNTHETIC);
  }

  private static void addClasses(String descriptor, Set<String> uses) {
    Matcher matcher = CLASS_IN_SIGNATURE.matcher(descriptor);
    while (matcher.find()) {
      uses.add(matcher.group(1).replace('/', '.'));
    }
  }
}
