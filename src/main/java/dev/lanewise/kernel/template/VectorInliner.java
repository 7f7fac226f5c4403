package dev.lanewise.kernel.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.Vector;
import org.jspecify.annotations.Nullable;

/**
 * Copies the bytecode of formulas, and of what they call, into the loop of a kernel: there remain
 * only calls of the Vector API.
 *
 * <p>The just-in-time compiler would inline the calls, too, but not always, and where it does not,
 * every vector that passes through the call becomes an object on the heap. A function larger than
 * 325 bytes of bytecode is never inlined; a smaller one is not once it is hot and was compiled by
 * itself to more than 2500 bytes of machine code, which depends on what ran before the loop; a
 * method that several formulas share looks cold, because the profile of its calls knows two classes
 * at most; and after 8000 bytes of bytecode inlined into one method only what the JDK itself has
 * marked is inlined. The Vector API is marked, so a loop that calls nothing else is safe from all
 * of these.
 *
 * <p>Inlined are the calls of the operation for which the loop is made, and static methods of this
 * library that take or return vectors. A method that cannot be copied (it catches exceptions, makes
 * objects, uses private members of another class, or has no class file, as a lambda) stays a call.
 */
public final class VectorInliner {
  /** Nobody nests functions deeper than this but by recursion. */
  private static final int DEEPEST = 16;

  private static final String VECTORS = Vector.class.getPackageName();

  private final Class<?> template;
  private final Object operation;
  private final ClassFile files;
  private final Map<Class<?>, ClassModel> models = new HashMap<>();

  private VectorInliner(Class<?> template, Object operation) {
    this.template = template;
    this.operation = operation;
    ClassLoader loader = template.getClassLoader();
    files =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofClassLoading(loader)),
            ClassFile.DebugElementsOption.DROP_DEBUG);
  }

  /**
   * The class file of a template in which the calls that matter are replaced by what they do.
   *
   * @param template the class that has the loops
   * @param operation its methods are inlined where the template calls them
   */
  public static byte[] classFile(Class<?> template, Object operation) {
    VectorInliner inliner = new VectorInliner(template, operation);
    ClassModel model = inliner.files.parse(bytes(template));
    return inliner.files.transformClass(
        model,
        ClassTransform.transformingMethods((method, element) -> {
          if (element instanceof CodeModel code) {
            method.withCode(builder -> inliner.copy((CodeAttribute) code, builder));
          } else {
            method.with(element);
          }
        }));
  }

  static byte[] bytes(Class<?> type) {
    String name = type.getName();
    String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalArgumentException("The class file of " + name + " cannot be found.");
      }
      return in.readAllBytes();
    } catch (IOException failure) {
      throw new UncheckedIOException("The class file of " + name + " cannot be read.", failure);
    }
  }

  /** A method of the template: the same, but for the calls. */
  private void copy(CodeAttribute code, CodeBuilder out) {
    for (CodeElement element : code) {
      Body body = element instanceof InvokeInstruction call ? body(call, 0) : null;
      if (body != null) {
        inline(body, code.maxLocals(), out);
      } else {
        out.with(element);
      }
    }
  }

  /** What a call does: the method, its code, and the same for the calls in it. */
  private record Body(
      MethodTypeDesc descriptor,
      int locals,
      List<CodeElement> code,
      boolean onObject,
      Map<CodeElement, Body> calls) {}

  /** Null where the call is to stay. */
  private @Nullable Body body(InvokeInstruction call, int depth) {
    boolean onObject = call.opcode() != Opcode.INVOKESTATIC;
    Class<?> owner = type(call.owner().asSymbol());
    MethodTypeDesc descriptor = call.typeSymbol();
    boolean wanted =
        onObject
            ? owner != Object.class && owner.isInstance(operation)
            : owner.getModule().equals(template.getModule()) && hasVectors(descriptor);
    if (!wanted || depth > DEEPEST || call.opcode() == Opcode.INVOKESPECIAL) {
      return null;
    }
    Class<?> home = onObject ? implementor(call.name().stringValue(), descriptor) : owner;
    if (home == null || home.isHidden() || home.isSynthetic()) {
      return null;
    }
    ClassModel model = models.computeIfAbsent(home, type -> files.parse(bytes(type)));
    for (MethodModel method : model.methods()) {
      if (method.methodName().equals(call.name()) && method.methodType().equals(call.type())) {
        return method.code().isEmpty() ? null : body(method, onObject, depth);
      }
    }
    return null;
  }

  private @Nullable Body body(MethodModel method, boolean onObject, int depth) {
    CodeAttribute code = (CodeAttribute) method.code().orElseThrow();
    if (!code.exceptionHandlers().isEmpty()) {
      return null;
    }
    List<CodeElement> elements = code.elementList();
    Map<CodeElement, Body> calls = new IdentityHashMap<>();
    for (CodeElement element : elements) {
      if (element instanceof InvokeInstruction call) {
        Body body = body(call, depth + 1);
        if (body != null) {
          calls.put(call, body);
        } else if (!callable(call)) {
          return null;
        }
      } else if (element instanceof Instruction instruction && !movable(instruction)) {
        return null;
      }
    }
    return new Body(method.methodTypeSymbol(), code.maxLocals(), elements, onObject, calls);
  }

  /** Whether a call that stays can be made from the template. */
  private boolean callable(InvokeInstruction call) {
    Class<?> owner = type(call.owner().asSymbol());
    if (owner.isInstance(operation) && call.opcode() != Opcode.INVOKESTATIC) {
      // The operation's class may be out of the template's sight.
      return false;
    }
    for (Method method : owner.getDeclaredMethods()) {
      if (is(method, call.name().stringValue(), call.typeSymbol())) {
        return visible(owner, method.getModifiers());
      }
    }
    // Inherited, and so not private.
    return visible(owner, Modifier.PUBLIC);
  }

  private static boolean is(Method method, String name, MethodTypeDesc descriptor) {
    return method.getName().equals(name)
        && MethodType.methodType(method.getReturnType(), method.getParameterTypes())
            .descriptorString()
            .equals(descriptor.descriptorString());
  }

  private boolean movable(Instruction instruction) {
    return switch (instruction) {
      case FieldInstruction field when field.opcode() == Opcode.GETFIELD ->
          field.typeSymbol().isPrimitive() && type(field.owner().asSymbol()).isInstance(operation);
      case FieldInstruction field when field.opcode() == Opcode.GETSTATIC -> {
        Class<?> owner = type(field.owner().asSymbol());
        yield visible(owner, field(owner, field.name().stringValue()).getModifiers());
      }
      case TypeCheckInstruction check -> visible(type(check.type().asSymbol()), Modifier.PUBLIC);
      case LoadInstruction _,
          StoreInstruction _,
          IncrementInstruction _,
          ReturnInstruction _,
          BranchInstruction _,
          ConstantInstruction _,
          OperatorInstruction _,
          ConvertInstruction _,
          StackInstruction _,
          ArrayLoadInstruction _ ->
          true;
      default -> false;
    };
  }

  /** Whether the template may use a member of a class. */
  private boolean visible(Class<?> owner, int modifiers) {
    if (owner.getPackageName().equals(template.getPackageName())) {
      return !Modifier.isPrivate(modifiers);
    }
    return Modifier.isPublic(owner.getModifiers()) && Modifier.isPublic(modifiers);
  }

  /** Replaces a call, whose arguments lie on the stack; locals from {@code base} on are free. */
  private void inline(Body body, int base, CodeBuilder out) {
    MethodTypeDesc descriptor = body.descriptor;
    List<TypeKind> kinds = new ArrayList<>();
    List<Integer> slots = new ArrayList<>();
    int slot = base + (body.onObject ? 1 : 0);
    for (ClassDesc parameter : descriptor.parameterList()) {
      TypeKind kind = TypeKind.from(parameter);
      kinds.add(kind);
      slots.add(slot);
      slot += kind.slotSize();
    }
    for (int i = kinds.size() - 1; i >= 0; i--) {
      out.storeLocal(kinds.get(i), slots.get(i));
    }
    if (body.onObject) {
      out.astore(base);
    }
    Map<Label, Label> labels = new HashMap<>();
    Label end = out.newLabel();
    for (CodeElement element : body.code) {
      switch (element) {
        case LoadInstruction load -> out.loadLocal(load.typeKind(), base + load.slot());
        case StoreInstruction store -> out.storeLocal(store.typeKind(), base + store.slot());
        case IncrementInstruction step -> out.iinc(base + step.slot(), step.constant());
        case ReturnInstruction _ -> out.goto_(end);
        case LabelTarget target ->
            out.labelBinding(labels.computeIfAbsent(target.label(), _ -> out.newLabel()));
        case BranchInstruction branch ->
            out.branch(
                branch.opcode(), labels.computeIfAbsent(branch.target(), _ -> out.newLabel()));
        case FieldInstruction field when field.opcode() == Opcode.GETFIELD ->
            out.pop().ldc(component(field.name().stringValue()));
        case InvokeInstruction call when body.calls.containsKey(call) ->
            inline(body.calls.get(call), base + body.locals, out);
        case Instruction instruction -> out.with(instruction);
        default -> {
          // Line numbers and names of variables.
        }
      }
    }
    out.labelBinding(end);
  }

  /** A number that the operation holds. */
  private ConstantDesc component(String name) {
    Field field = field(operation.getClass(), name);
    field.setAccessible(true);
    try {
      Object value = field.get(operation);
      return switch (value) {
        case Float number -> number;
        case Integer number -> number;
        case Long number -> number;
        case Double number -> number;
        case Boolean truth -> truth ? 1 : 0;
        default -> throw new IllegalArgumentException(name + " of " + operation + " is no number.");
      };
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(name + " of " + operation + " cannot be read.", impossible);
    }
  }

  private static Field field(Class<?> owner, String name) {
    try {
      return owner.getDeclaredField(name);
    } catch (NoSuchFieldException missing) {
      throw new IllegalArgumentException(owner.getName() + " has no field " + name, missing);
    }
  }

  /** The class or interface whose method runs when this one is called on the operation. */
  private @Nullable Class<?> implementor(String name, MethodTypeDesc descriptor) {
    for (Method method : operation.getClass().getMethods()) {
      if (is(method, name, descriptor) && !Modifier.isAbstract(method.getModifiers())) {
        return method.getDeclaringClass();
      }
    }
    return null;
  }

  private static boolean hasVectors(MethodTypeDesc descriptor) {
    return isVector(descriptor.returnType())
        || descriptor.parameterList().stream().anyMatch(VectorInliner::isVector);
  }

  private static boolean isVector(ClassDesc type) {
    return type.isClassOrInterface() && type.packageName().equals(VECTORS);
  }

  private Class<?> type(ClassDesc description) {
    if (!description.isClassOrInterface()) {
      return Object[].class;
    }
    String name = description.packageName() + "." + description.displayName();
    try {
      return Class.forName(name, false, template.getClassLoader());
    } catch (ClassNotFoundException missing) {
      throw new IllegalStateException(name + " cannot be found.", missing);
    }
  }
}
