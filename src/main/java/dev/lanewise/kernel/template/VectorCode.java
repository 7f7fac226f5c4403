package dev.lanewise.kernel.template;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The bytecode of the vector operations that generated kernels are made of, and of the class around
 * them.
 */
public final class VectorCode {
  private static final ClassDesc LANES = desc(Lanes.class);
  private static final ClassDesc MEM = desc(Mem.class);
  private static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc FLOAT_LAYOUT = desc(ValueLayout.OfFloat.class);
  private static final ClassDesc INT_LAYOUT = desc(ValueLayout.OfInt.class);
  private static final ClassDesc VAR_HANDLE = desc(VarHandle.class);
  private static final ClassDesc ORDER = desc(ByteOrder.class);
  private static final ClassDesc SPECIES = desc(VectorSpecies.class);
  private static final ClassDesc VECTOR = desc(Vector.class);
  private static final ClassDesc MASK = desc(VectorMask.class);
  private static final ClassDesc FLOATS = desc(FloatVector.class);

  private static final String STOP = "stopFirstTier";

  /** Of dead nodes, for each shift: enough for most of what a vector operation has. */
  private static final int DEAD_ROUNDS = 22;

  private final CodeBuilder code;

  public VectorCode(CodeBuilder code) {
    this.code = code;
  }

  public static ClassDesc desc(Class<?> type) {
    return ClassDesc.ofDescriptor(type.descriptorString());
  }

  /**
   * The class file of a kernel: a constructor, and the one method {@code run}.
   *
   * @param generator the kernel belongs to its package, whose members it may use
   */
  public static byte[] kernel(
      Class<?> generator,
      String name,
      Class<?> kernelInterface,
      MethodTypeDesc run,
      Consumer<CodeBuilder> body) {
    return kernel(generator, name, kernelInterface, run, body, type -> {});
  }

  /**
   * The same for a kernel that the compiler's first tier (C1) is to leave alone. It takes that tier
   * 50 to 100 ms to compile a kernel with thirty accumulators, if it has registers for it at all,
   * to code that is as slow as interpreted.
   *
   * <p>C1 gives up a method where it inlines code that is reached both as an exception handler and
   * from what stands before it; the second compiler (C2) then begins with what the interpreter has
   * counted, and to it the handler is nothing, for a {@code nop} throws nothing. The handler is in
   * a method of its own, since C2 makes other, and for some sizes slower, code of a method that has
   * one.
   *
   * @param shift 0, or another number for the same kernel with other limits: C2 leaves the call out
   *     of its inlining that it comes to when it has made 18,000 nodes, and again at 40,000. If
   *     that is one of the small methods within a vector operation in the innermost loop, all sums
   *     are spilled around it, and the kernel takes six times as long. The numbers of nodes are not
   *     the same in each process, and with a few dead ones before the kernel another call is at the
   *     limit
   */
  public static byte[] kernelForSecondTier(
      Class<?> generator,
      String name,
      Class<?> kernelInterface,
      MethodTypeDesc run,
      int shift,
      Consumer<CodeBuilder> body) {
    ClassDesc kernel = ClassDesc.of(generator.getPackageName(), name);
    return kernel(
        generator,
        name,
        kernelInterface,
        run,
        code -> {
          code.invokestatic(kernel, STOP, MTD_void);
          deadNodes(code, shift * DEAD_ROUNDS);
          body.accept(code);
        },
        type ->
            type.withMethodBody(STOP, MTD_void, ClassFile.ACC_STATIC, VectorCode::stopFirstTier));
  }

  /** Computes what nobody wants: the compiler makes some four nodes a round, and no code. */
  private static void deadNodes(CodeBuilder code, int rounds) {
    if (rounds == 0) {
      return;
    }
    code.lload(code.parameterSlot(0));
    for (int i = 0; i < rounds; i++) {
      code.loadConstant(2L * i + 12345).lmul().loadConstant(3L * i + 54321).lxor();
    }
    code.pop2();
  }

  private static void stopFirstTier(CodeBuilder code) {
    Label start = code.newBoundLabel();
    code.nop();
    Label end = code.newBoundLabel();
    code.aconst_null();
    Label handler = code.newBoundLabel();
    code.pop().return_().exceptionCatchAll(start, end, handler);
  }

  private static byte[] kernel(
      Class<?> generator,
      String name,
      Class<?> kernelInterface,
      MethodTypeDesc run,
      Consumer<CodeBuilder> body,
      Consumer<ClassBuilder> more) {
    return ClassFile.of()
        .build(
            ClassDesc.of(generator.getPackageName(), name),
            type -> {
              type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SUPER)
                  .withInterfaceSymbols(desc(kernelInterface))
                  .withMethodBody(
                      INIT_NAME,
                      MTD_void,
                      ClassFile.ACC_PUBLIC,
                      code -> code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_())
                  .withMethodBody(
                      "run", run, ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL, body::accept);
              more.accept(type);
            });
  }

  /**
   * Defines a kernel as a hidden class; fails where classes cannot be defined at run time.
   *
   * @param lookup the full rights of the generator
   */
  public static <K> K define(MethodHandles.Lookup lookup, byte[] kernel, Class<K> kernelInterface)
      throws ReflectiveOperationException {
    Class<?> type = lookup.defineHiddenClass(kernel, true).lookupClass();
    return kernelInterface.cast(type.getDeclaredConstructor().newInstance());
  }

  /**
   * Clears the highest bits of the address on the stack, which are zero anyway. The compiler then
   * knows that it is not negative, even after a constant is added, and leaves out the bounds check
   * of each access: a comparison and a branch for every row. On processors whose branches share a
   * port with the multiply-adds (Intel's port 0) these cost a quarter of the speed.
   */
  public void inRange() {
    code.loadConstant(Mem.ADDRESS_BITS).land();
  }

  /**
   * What is loaded after this is not loaded before it. It costs nothing on x86, whose loads keep
   * their order anyway, but keeps the compiler from loading all operands of a step at once, for
   * which there are not enough registers.
   */
  public void inOrder() {
    code.invokestatic(VAR_HANDLE, "loadLoadFence", MTD_void);
  }

  public void zero() {
    code.getstatic(LANES, "F", SPECIES);
    code.invokestatic(FLOATS, "zero", MethodTypeDesc.of(FLOATS, SPECIES));
  }

  /** Pushes a constant, in all lanes. */
  public void constant(float value) {
    code.getstatic(LANES, "F", SPECIES).loadConstant(value);
    code.invokestatic(FLOATS, "broadcast", MethodTypeDesc.of(FLOATS, SPECIES, CD_float));
  }

  /** Pushes one float, in all lanes; {@code address} pushes where it stands. */
  public void broadcast(Runnable address) {
    code.getstatic(LANES, "F", SPECIES);
    code.getstatic(MEM, "ALL", SEGMENT).getstatic(MEM, "FLOAT", FLOAT_LAYOUT);
    address.run();
    code.invokeinterface(SEGMENT, "get", MethodTypeDesc.of(CD_float, FLOAT_LAYOUT, CD_long));
    code.invokestatic(FLOATS, "broadcast", MethodTypeDesc.of(FLOATS, SPECIES, CD_float));
  }

  /** Pushes an int; {@code address} pushes where it stands. */
  void integer(Runnable address) {
    code.getstatic(MEM, "ALL", SEGMENT).getstatic(MEM, "INT", INT_LAYOUT);
    address.run();
    code.invokeinterface(SEGMENT, "get", MethodTypeDesc.of(CD_int, INT_LAYOUT, CD_long));
  }

  /** Pushes a vector; {@code address} pushes where it stands. */
  public void load(Runnable address) {
    code.getstatic(LANES, "F", SPECIES).getstatic(MEM, "ALL", SEGMENT);
    address.run();
    code.getstatic(MEM, "ORDER", ORDER);
    code.invokestatic(
        FLOATS, "fromMemorySegment", MethodTypeDesc.of(FLOATS, SPECIES, SEGMENT, CD_long, ORDER));
  }

  /** Stores the vector on the stack; {@code address} pushes where. */
  public void store(Runnable address) {
    code.getstatic(MEM, "ALL", SEGMENT);
    address.run();
    code.getstatic(MEM, "ORDER", ORDER);
    code.invokevirtual(
        FLOATS, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER));
  }

  /** Stores some lanes of the vector on the stack; {@code mask} is a local variable. */
  public void store(Runnable address, int mask) {
    code.getstatic(MEM, "ALL", SEGMENT);
    address.run();
    code.getstatic(MEM, "ORDER", ORDER).aload(mask);
    code.invokevirtual(
        FLOATS, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER, MASK));
  }

  /** Pushes the mask of the first lanes; their number stands in a local variable. */
  public void mask(int lanes) {
    code.getstatic(LANES, "F", SPECIES).iconst_0().iload(lanes);
    code.invokeinterface(SPECIES, "indexInRange", MethodTypeDesc.of(MASK, CD_int, CD_int));
  }

  /** Pushes the mask of no lane. */
  public void noLanes() {
    code.getstatic(LANES, "F", SPECIES).iconst_0();
    code.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
  }

  /** Pushes whether a mask, a local variable, has all lanes. */
  public void allLanes(int mask) {
    code.aload(mask).invokevirtual(MASK, "allTrue", MethodTypeDesc.of(CD_boolean));
  }

  /** For the last two vectors on the stack: {@code add}, {@code sub}, {@code mul}, {@code max}. */
  public void binary(String operation) {
    code.invokevirtual(FLOATS, operation, MethodTypeDesc.of(FLOATS, VECTOR));
  }

  public void negate() {
    code.invokevirtual(FLOATS, "neg", MethodTypeDesc.of(FLOATS));
  }

  /** The product of the first two of the last three vectors on the stack, plus the third. */
  public void fma() {
    code.invokevirtual(FLOATS, "fma", MethodTypeDesc.of(FLOATS, VECTOR, VECTOR));
  }
}
