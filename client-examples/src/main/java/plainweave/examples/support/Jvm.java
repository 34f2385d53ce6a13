package plainweave.examples.support;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A JVM beside this one, with the same class path: for what must not count as the client's, or must be measured by itself. */
public final class Jvm implements AutoCloseable {
    private final String name;
    private final Process process;

    private Jvm(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /**
     * Starts one that tells this one something, line by line; its complaints go where ours go. Its main should begin with
     * {@link #endWithInput()}.
     */
    public static Jvm start(List<String> flags, Class<?> main, Object... arguments) {
        List<String> command = command(flags, main.getName());
        Stream.of(arguments).map(String::valueOf).forEach(command::add);
        try {
            return new Jvm(
                    main.getSimpleName(),
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException("no JVM for " + main.getSimpleName(), e);
        }
    }

    /** Runs one in place of this: with what was said to this one by {@code -D}, and on its terminal, to its end; returns the exit code. */
    public static int run(List<String> flags, String main) {
        List<String> all = new ArrayList<>(flags);
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-D"))
                .forEach(all::add);
        try {
            Process process = new ProcessBuilder(command(all, main)).inheritIO().start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            return process.onExit().join().exitValue();
        } catch (IOException e) {
            throw new UncheckedIOException("no JVM for " + main, e);
        }
    }

    private static List<String> command(List<String> flags, String main) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), main));
        return command;
    }

    /**
     * The next line it tells.
     *
     * @throws Complaint if it ended without one
     */
    public String line() {
        try {
            String line = process.inputReader().readLine();
            if (line == null) {
                throw new Complaint("the JVM of " + name + " ended too early, with exit code "
                        + process.onExit().join().exitValue());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException("the JVM of " + name + " cannot be heard", e);
        }
    }

    /** For the main of such a JVM: that it ends with the one that started it, however that ends. */
    public static void endWithInput() {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // then it has ended too
            }
            Runtime.getRuntime().halt(0);
        });
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
