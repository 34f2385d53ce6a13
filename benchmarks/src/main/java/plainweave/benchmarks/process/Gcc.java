package plainweave.benchmarks.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Compiles C programs that lie beside our classes, each once, into a folder that goes away with the arena. */
public final class Gcc {

    /** How to get what {@link #present()} misses. */
    public static final String INSTALL = "needs gcc: apt-get install gcc libc6-dev, or your system's like";

    private static final int COMPILE_SECONDS = 60;

    private final Path folder;
    private final Map<String, Path> programs = new HashMap<>();

    /** Makes the folder. */
    public Gcc() throws IOException {
        folder = temporary(Files.createTempDirectory("arena"));
    }

    /** Whether C can be compiled here. */
    public static boolean present() {
        return Tools.find("gcc").isPresent();
    }

    /** The program made of a resource such as {@code peers/c-epoll.c}, relative to the arena's package. */
    public Path compile(String source) throws IOException {
        Path known = programs.get(source);
        if (known != null) {
            return known;
        }
        String name = source.substring(source.lastIndexOf('/') + 1);
        Path code = temporary(folder.resolve(name));
        try (InputStream in = Optional.ofNullable(Gcc.class.getResourceAsStream("/plainweave/benchmarks/" + source))
                .orElseThrow(() -> new IOException("no resource " + source))) {
            Files.copy(in, code);
        }
        Path program = temporary(folder.resolve(name.substring(0, name.length() - ".c".length())));
        run(List.of("gcc", "-O2", "-o", program.toString(), code.toString()));
        programs.put(source, program);
        return program;
    }

    private void run(List<String> command) throws IOException {
        Path said = temporary(folder.resolve("gcc.txt"));
        Process gcc = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            if (!gcc.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
                String first = Files.readString(said).lines().findFirst().orElse("it said nothing");
                throw new IOException("gcc is there but does not compile (" + first + "); it " + INSTALL);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while gcc ran", interrupted);
        } finally {
            gcc.destroyForcibly();
        }
    }

    // Not a close method: an interrupted run ends without its finally blocks, but not without this.
    private static Path temporary(Path path) {
        path.toFile().deleteOnExit();
        return path;
    }
}
