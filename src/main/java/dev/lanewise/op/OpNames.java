package dev.lanewise.op;

/** Names of operations, made once a class. */
final class OpNames {
  private static final ClassValue<String> NAMES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          String name = type.getSimpleName();
          Class<?> outer = type.getEnclosingClass();
          String own = Character.toLowerCase(name.charAt(0)) + name.substring(1);
          return outer == null || !Op.class.isAssignableFrom(outer) ? own : of(outer) + name;
        }
      };

  private OpNames() {}

  static String of(Class<?> type) {
    return NAMES.get(type);
  }
}
