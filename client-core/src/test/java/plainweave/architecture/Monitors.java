package plainweave.architecture;

import static org.objectweb.asm.Opcodes.ACC_SYNCHRONIZED;
import static org.objectweb.asm.Opcodes.ASM9;
import static org.objectweb.asm.Opcodes.MONITORENTER;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Finds in class files what the core does without: monitors, which pin the carrier of a virtual thread on JDK 21, thread
 * locals, which hide what a call depends on, and sleeping, which no deadline ends.
 */
final class Monitors extends ClassVisitor {
    private static final Set<String> WAITING = Set.of("wait()V", "wait(J)V", "wait(JI)V", "notify()V", "notifyAll()V");

    private final List<String> found = new ArrayList<>();
    private String className = "";
    private String source = "";

    private Monitors() {
        super(ASM9);
    }

    /** One line for each finding in the class files of a directory: class, method, line and what was found. */
    static List<String> usedIn(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .sorted()
                    .flatMap(file -> usedBy(file).stream())
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<String> usedBy(Path file) {
        Monitors monitors = new Monitors();
        try {
            new ClassReader(Files.readAllBytes(file)).accept(monitors, ClassReader.SKIP_FRAMES);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return monitors.found;
    }

    @Override
    public void visit(
            int version,
            int access,
            String name,
            @Nullable String signature,
            @Nullable String superName,
            String @Nullable [] interfaces) {
        className = name.replace('/', '.');
        source = name.substring(name.lastIndexOf('/') + 1);
    }

    @Override
    public void visitSource(@Nullable String file, @Nullable String debug) {
        if (file != null) {
            source = file;
        }
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String name, String descriptor, @Nullable String signature, String @Nullable [] exceptions) {
        return new Body(name, (access & ACC_SYNCHRONIZED) != 0);
    }

    private static boolean isThreadLocal(String owner) {
        return owner.equals("java/lang/ThreadLocal") || owner.equals("java/lang/InheritableThreadLocal");
    }

    private final class Body extends MethodVisitor {
        private final String method;
        private boolean synchronizedUnreported;
        private int line;

        private Body(String method, boolean isSynchronized) {
            super(ASM9);
            this.method = method;
            this.synchronizedUnreported = isSynchronized;
        }

        @Override
        public void visitLineNumber(int number, Label start) {
            line = number;
            reportSynchronizedOnce();
        }

        @Override
        public void visitEnd() {
            reportSynchronizedOnce(); // a method with no lines: abstract code cannot be synchronized, native can
        }

        private void reportSynchronizedOnce() {
            if (synchronizedUnreported) {
                synchronizedUnreported = false;
                report("synchronized method");
            }
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == MONITORENTER) {
                report("synchronized block");
            }
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean ofInterface) {
            use(owner, name, descriptor);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            for (Object argument : arguments) {
                if (argument instanceof Handle handle) { // a method reference
                    use(handle.getOwner(), handle.getName(), handle.getDesc());
                }
            }
        }

        private void use(String owner, String name, String descriptor) {
            if (WAITING.contains(name + descriptor)) {
                report("Object." + name);
            } else if (isThreadLocal(owner)) {
                report("ThreadLocal");
            } else if (name.equals("sleep")
                    && (owner.equals("java/lang/Thread") || owner.equals("java/util/concurrent/TimeUnit"))) {
                report("Thread.sleep");
            }
        }

        private void report(String what) {
            found.add("%s.%s (%s:%d): %s".formatted(className, method, source, line, what));
        }
    }
}
