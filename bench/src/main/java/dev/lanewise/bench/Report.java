package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/** Everything that was measured, as a JSON file. */
record Report(
    Map<Side, String> descriptions,
    Map<Integer, Limits> limits,
    boolean peerAtItsBest,
    int forks,
    Effort effort,
    List<Row> rows) {
  /** Replaces the file as a whole. */
  void write(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("java", Runtime.version().toString());
    document.put("processors", Runtime.getRuntime().availableProcessors());
    descriptions.forEach((side, text) -> document.put(side.toString(), text));
    document.put("peer_at_its_best", peerAtItsBest);
    limits.forEach((threads, limit) -> {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("gflops", limit.fma());
      values.put("read_gigabytes", limit.read());
      values.put("copy_gigabytes", limit.copy());
      values.put("triad_gigabytes", limit.triad());
      values.put("handover_nanoseconds", limit.handover());
      document.put("limits_of_%d_threads".formatted(threads), values);
    });
    document.put("forks", forks);
    document.put("iterations", effort.iterations());
    document.put("milliseconds", effort.milliseconds());
    document.put("rows", rows.stream().map(Row::toJson).toList());
    Json.write(file, document);
  }

  /** Files of the benchmarks. */
  static final class Json {
    private Json() {}

    static void write(Path file, Map<String, Object> document) throws IOException {
      Path target = file.toAbsolutePath();
      Path written = target.resolveSibling(target.getFileName() + ".part");
      Files.writeString(
          written, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(document) + "\n");
      Files.move(
          written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
