package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rows that are measured when none are named. */
final class Suite {
  private static final List<String> TRAINING =
      List.of(
          "mlp/64",
          "mlp/256",
          "lenet5/64",
          "lenet5/256",
          "vgg-small/64",
          "resnet18-cifar/64",
          "resnet50-cifar/32",
          "alexnet/16",
          "mobilenetv2/16",
          "vit-tiny/64",
          "char-gpt/16",
          "char-lstm/32",
          "char-gru/32",
          "spiral/300");

  private static final List<String> EVALUATION =
      List.of(
          "mlp/64",
          "mlp/1",
          "lenet5/64",
          "lenet5/1",
          "vgg-small/64",
          "vgg-small/1",
          "resnet18-cifar/64",
          "resnet18-cifar/1");

  private static final List<String> CONVOLUTIONS =
      List.of(
          "64x64x32x32:64:3:1:1",
          "64x128x16x16:128:3:1:1",
          "64x256x8x8:256:3:1:1",
          "64x512x4x4:512:3:1:1",
          "16x64x56x56:64:3:1:1",
          "64x1x28x28:6:5:1:2",
          "64x6x14x14:16:5:1:0",
          "64x64x32x32:128:3:2:1",
          "64x64x32x32:128:1:2:0",
          "64x3x32x32:64:3:1:1",
          "16x3x224x224:64:7:2:3",
          "16x3x227x227:96:11:4:0",
          "16x64x27x27:192:5:1:2",
          "16x256x13x13:256:3:1:1",
          "32x256x56x56:64:1:1:0",
          "16x384x14x14:384:3:1:1:384",
          "16x96x112x112:96:3:2:1:96");

  private static final List<String> IMAGES = List.of("64x64x32x32", "16x64x112x112");

  private static final List<String> LOSSES = List.of("64x10", "256x1000");

  private static final List<String> UPDATES = List.of("mlp", "resnet18-cifar");

  private static final List<String> PRODUCTS =
      List.of(
          "64x64x64",
          "128x128x128",
          "256x256x256",
          "512x512x512",
          "1024x1024x1024",
          "2048x2048x2048",
          "64x512x784",
          "64x10x128",
          "64x1568x576",
          "128x12544x1152",
          "512x784x4608");

  private static final List<String> QUICK =
      List.of(
          "train/mlp/64",
          "train/lenet5/64",
          "train/vgg-small/64",
          "train/spiral/300",
          "conv/64x64x32x32:64:3:1:1/forward",
          "conv/64x64x32x32:64:3:1:1/backward-weights",
          "conv/64x6x14x14:16:5:1:0/forward",
          "conv/64x64x32x32:128:3:2:1/forward",
          "conv/16x3x224x224:64:7:2:3/backward-weights",
          "max-pool-2x2/64x64x32x32/forward",
          "batch-norm/64x64x32x32/backward",
          "relu/64x64x32x32/forward",
          "add/16x64x112x112/forward",
          "cross-entropy/64x10/both",
          "sgd/mlp",
          "eager-add/16",
          "gemm/512x512x512:NN",
          "gemm/64x512x784:NT");

  private Suite() {}

  /** All names of rows, in the order of the table. */
  static List<String> all() {
    return families().stream().flatMap(family -> ofFamily(family).stream()).toList();
  }

  /**
   * The rows of {@link #all}, and one of each operation, which are measured when they are named.
   */
  static List<String> named() {
    Stream<String> operations =
        OpTable.names().stream().flatMap(op -> variants(OpRow.FAMILY, op + "/" + OpRow.ROWS));
    return Stream.concat(all().stream(), operations).toList();
  }

  /**
   * The cases whose names start with any of these; without them all of the suite.
   *
   * @param quick only a few of each family
   * @param operations without names, those of single operations as well
   * @throws IllegalArgumentException when there is none
   */
  static List<Case> named(List<String> starts, boolean quick, boolean operations) {
    List<String> names = quick ? quick() : operations || !starts.isEmpty() ? named() : all();
    List<Case> cases =
        names.stream()
            .filter(name -> starts.isEmpty() || starts.stream().anyMatch(name::startsWith))
            .map(Case::parse)
            .toList();
    if (cases.isEmpty()) {
      throw new IllegalArgumentException(
          "No row starts with %s; --list prints all names.".formatted(String.join(" or ", starts)));
    }
    return cases;
  }

  /** The cases of a family with these shapes, each with all passes where it names none. */
  static List<Case> ofShapes(String family, List<String> shapes) {
    return shapes.stream().flatMap(shape -> variants(family, shape)).map(Case::parse).toList();
  }

  /** A few of each family. */
  static List<String> quick() {
    return QUICK;
  }

  static List<String> families() {
    List<String> families =
        new ArrayList<>(List.of(NetworkRun.TRAINING, NetworkRun.EVALUATION, Convolution.FAMILY));
    for (ImageOp.Kind kind : ImageOp.Kind.values()) {
      families.add(kind.text);
    }
    families.addAll(List.of(Loss.FAMILY, Update.FAMILY, EagerAdd.FAMILY, Gemm.FAMILY));
    return families;
  }

  private static List<String> ofFamily(String family) {
    List<String> shapes =
        switch (family) {
          case NetworkRun.TRAINING -> TRAINING;
          case NetworkRun.EVALUATION -> EVALUATION;
          case Convolution.FAMILY -> CONVOLUTIONS;
          case Loss.FAMILY -> LOSSES;
          case Update.FAMILY -> UPDATES;
          case EagerAdd.FAMILY -> List.of("16");
          case Gemm.FAMILY -> PRODUCTS;
          default -> IMAGES;
        };
    return shapes.stream().flatMap(shape -> variants(family, shape)).toList();
  }

  /** A shape that names neither pass nor transposition stands for all of them. */
  static Stream<String> variants(String family, String shape) {
    String name = family + "/" + shape;
    return switch (family) {
      case NetworkRun.TRAINING, NetworkRun.EVALUATION, Update.FAMILY, EagerAdd.FAMILY ->
          Stream.of(name);
      case Convolution.FAMILY -> passes(name, "/forward", "/backward-data", "/backward-weights");
      case Loss.FAMILY -> passes(name, "/forward", "/both");
      case OpRow.FAMILY ->
          name.endsWith("/forward") || name.endsWith("/both")
              ? Stream.of(name)
              : Stream.of(name + "/forward", name + "/both");
      case Gemm.FAMILY ->
          shape.contains(":")
              ? Stream.of(name)
              : Stream.of(":NN", ":NT", ":TN", ":TT").map(name::concat);
      case "add" -> passes(name, "/forward");
      default -> passes(name, "/forward", "/backward");
    };
  }

  private static Stream<String> passes(String name, String... passes) {
    boolean named = name.indexOf('/') != name.lastIndexOf('/');
    return named ? Stream.of(name) : Stream.of(passes).map(name::concat);
  }
}
