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

/**
 * Programs that lie beside our classes as sources such as {@code peers/c-epoll.c}, relative to the arena's package:
 * copied out and compiled once each, into a folder that goes away with the arena.
 */
public final class Programs {

    // Go compiles its library first where nobody has used it before.
    private static final int COMPILE_SECONDS = 180;

    private final Path folder;
    private final Map<String, Path> known = new HashMap<>();

    /** Makes the folder. */
    public Programs() throws IOException {
        folder = temporary(Files.createTempDirectory("arena"));
    }

    /** The folder, for programs that insist on one. */
    public Path folder() {
        return folder;
    }

    /** The source itself: for an interpreter, or because others that are compiled include it. */
    public Path copied(String source) throws IOException {
        Path copied = known.get(source);
        if (copied == null) {
            copied = copy(source);
            known.put(source, copied);
        }
        return copied;
    }

    /** The program a compiler makes of the source. */
    public Path compiled(Compiler compiler, String source) throws IOException {
        Path program = known.get(source);
        if (program == null) {
            Path code = copy(source);
            String name = code.getFileName().toString();
            program = temporary(folder.resolve(name.substring(0, name.lastIndexOf('.'))));
            run(compiler, compiler.command(code.toString(), program.toString()));
            known.put(source, program);
        }
        return program;
    }

    private Path copy(String source) throws IOException {
        Path copy = temporary(folder.resolve(source.substring(source.lastIndexOf('/') + 1)));
        try (InputStream in = Optional.ofNullable(
                        Programs.class.getResourceAsStream("/plainweave/benchmarks/" + source))
                .orElseThrow(() -> new IOException("no resource " + source))) {
            Files.copy(in, copy);
        }
        return copy;
    }

    private void run(Compiler compiler, List<String> command) throws IOException {
        Path said = temporary(folder.resolve(compiler + ".txt"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                // Go's first line is only the name of the package.
                String first = Files.readString(said)
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .findFirst()
                        .orElse("it said nothing");
                throw new IOException(
                        compiler + " is there but does not compile (" + first + "); it " + compiler.install());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + compiler + " ran", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }

    // Not a close method: an interrupted run ends without its finally blocks, but not without this.
    private static Path temporary(Path path) {
        path.toFile().deleteOnExit();
        return path;
    }
}
