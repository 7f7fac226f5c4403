package dev.lanewise.io;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON header of a safetensors file.
 *
 * @param metadata the strings under {@code __metadata__}
 * @param entries type, shape and place of each tensor
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> entries) {
  private static final String METADATA = "__metadata__";

  /** The element types that are read and written, by the names of the format. */
  enum Type {
    F32(DType.FLOAT32),
    I64(DType.INT64),
    BOOL(DType.BOOL);

    private final DType dtype;

    Type(DType dtype) {
      this.dtype = dtype;
    }

    static Type of(DType dtype) {
      for (Type type : values()) {
        if (type.dtype == dtype) {
          return type;
        }
      }
      throw new IllegalArgumentException("Elements of type " + dtype + " are not stored.");
    }
  }

  /**
   * One tensor; its bytes lie from {@code begin} to before {@code end}, counted from the header.
   */
  record Entry(String name, Type type, Shape shape, long begin, long end) {}

  /** The tensors by their place. */
  List<Entry> inFileOrder() {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    return sorted;
  }

  /** Checks that the tensors cover all bytes behind the header, each one once. */
  void checkPlaces(Path file, long bytes) {
    long place = 0;
    for (Entry entry : inFileOrder()) {
      if (entry.begin != place) {
        throw new CheckpointException(
            "The header of %s is damaged: the tensor '%s' starts at byte %d, expected %d."
                .formatted(file, entry.name, entry.begin, place));
      }
      place = entry.end;
    }
    if (bytes != place) {
      throw new CheckpointException(
          "The file %s is %s: %d bytes follow its header, which describes %d."
              .formatted(file, bytes < place ? "cut off" : "too long", bytes, place));
    }
  }

  // ---- reading

  static SafetensorsHeader parse(Path file, String text) {
    Json json;
    try {
      if (!text.startsWith("{")) {
        throw new JsonReader.SyntaxException("it does not start with '{'");
      }
      json = JsonReader.read(text);
    } catch (JsonReader.SyntaxException e) {
      throw new CheckpointException(
          "%s is not a safetensors file, or its header is damaged: %s."
              .formatted(file, e.getMessage()),
          e);
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, Json> member : ((Json.Members) json).values().entrySet()) {
      String name = member.getKey();
      if (!(member.getValue() instanceof Json.Members(Map<String, Json> values))) {
        throw damaged(file, name, "is no object");
      }
      if (name.equals(METADATA)) {
        readMetadata(file, values, metadata);
      } else {
        entries.add(entry(file, name, values));
      }
    }
    return new SafetensorsHeader(metadata, entries);
  }

  private static void readMetadata(Path file, Map<String, Json> from, Map<String, String> to) {
    from.forEach((key, value) -> {
      if (!(value instanceof Json.Text(String text))) {
        throw damaged(file, METADATA, "holds something else than strings");
      }
      to.put(key, text);
    });
  }

  private static Entry entry(Path file, String name, Map<String, Json> values) {
    if (values.size() != 3 || !(values.get("dtype") instanceof Json.Text(String typeName))) {
      throw damaged(file, name, "has not just dtype, shape and data_offsets");
    }
    Type type = type(file, name, typeName);
    long[] dims = integers(file, name, "shape", values.get("shape"));
    long[] places = integers(file, name, "data_offsets", values.get("data_offsets"));
    if (places.length != 2) {
      throw damaged(file, name, "has " + places.length + " data_offsets, expected 2");
    }
    Shape shape = shape(file, name, dims);
    long length = places[1] - places[0];
    if (length != shape.size() * type.dtype.bytes()) {
      throw damaged(
          file, name, "of type %s and shape %s has %d bytes".formatted(typeName, shape, length));
    }
    return new Entry(name, type, shape, places[0], places[1]);
  }

  private static Type type(Path file, String name, String typeName) {
    for (Type type : Type.values()) {
      if (type.name().equals(typeName)) {
        return type;
      }
    }
    throw new CheckpointException(
        "The tensor '%s' of %s has elements of type %s; expected F32, I64 or BOOL."
            .formatted(name, file, typeName));
  }

  private static Shape shape(Path file, String name, long[] dims) {
    int[] narrow = new int[dims.length];
    try {
      for (int i = 0; i < dims.length; i++) {
        narrow[i] = Math.toIntExact(dims[i]);
      }
      Shape shape = Shape.of(narrow);
      Math.toIntExact(shape.size());
      return shape;
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw damaged(file, name, "has more elements than an array can hold");
    }
  }

  private static long[] integers(Path file, String name, String member, @Nullable Json json) {
    if (!(json instanceof Json.Elements(List<Json> values))) {
      throw damaged(file, name, "has no list " + member);
    }
    long[] numbers = new long[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      // Up to 15 digits, without sign, point or exponent: sums of two cannot overflow.
      if (!(values.get(i) instanceof Json.Numeral(String digits))
          || !digits.matches("[0-9]{1,15}")) {
        throw damaged(file, name, "has something else than whole numbers in " + member);
      }
      numbers[i] = Long.parseLong(digits);
    }
    return numbers;
  }

  private static CheckpointException damaged(Path file, String name, String what) {
    return new CheckpointException(
        "The header of %s is damaged: '%s' %s.".formatted(file, name, what));
  }

  // ---- writing

  /** The header of these tensors in this order, padded with blanks to a multiple of 8 bytes. */
  static String format(
      Map<String, String> metadata, List<Map.Entry<String, StoredTensor>> tensors) {
    StringBuilder text = new StringBuilder("{\"" + METADATA + "\":{");
    String separator = "";
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      text.append(separator);
      quote(entry.getKey(), text);
      text.append(':');
      quote(entry.getValue(), text);
      separator = ",";
    }
    text.append('}');
    long place = 0;
    for (Map.Entry<String, StoredTensor> entry : tensors) {
      Shape shape = entry.getValue().shape();
      Type type = Type.of(entry.getValue().dtype());
      long end = place + shape.size() * type.dtype.bytes();
      text.append(',');
      quote(entry.getKey(), text);
      text.append(":{\"dtype\":\"").append(type).append("\",\"shape\":");
      text.append(shape.toString().replace(" ", ""));
      text.append(",\"data_offsets\":[").append(place).append(',').append(end).append("]}");
      place = end;
    }
    text.append('}');
    int bytes = text.toString().getBytes(StandardCharsets.UTF_8).length;
    return text.append(" ".repeat(-bytes & 7)).toString();
  }

  private static void quote(String string, StringBuilder to) {
    to.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        to.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        to.append("\\u%04x".formatted((int) c));
      } else {
        to.append(c);
      }
    }
    to.append('"');
  }
}
