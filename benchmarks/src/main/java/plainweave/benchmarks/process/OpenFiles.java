package plainweave.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** How many connections a process may have open. */
public final class OpenFiles {

    // Libraries, pollers and standard streams of a JVM.
    private static final int BESIDES = 200;

    private static final String WORD = "Max open files";

    private OpenFiles() {}

    /** What to do if this system gives a process fewer files than so many connections need. */
    public static Optional<String> tooFewFor(int connections) throws IOException {
        String limits = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith(WORD))
                .map(line -> line.substring(WORD.length()).strip())
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/self/limits names no open files"));
        // The second is the hard one, up to which JVMs and our C programs raise their own.
        String hard = limits.split("\\s+", -1)[1];
        int needed = connections + BESIDES;
        return hard.equals("unlimited") || Long.parseLong(hard) >= needed
                ? Optional.empty()
                : Optional.of("needs " + needed + " open files for each process and the limit is " + hard
                        + ": raise it, as root with ulimit -Hn " + needed);
    }
}
