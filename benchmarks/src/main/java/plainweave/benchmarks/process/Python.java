package plainweave.benchmarks.process;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Interpreters of Python; there may be several, with different modules installed. */
public final class Python {

    private static final int ANSWER_SECONDS = 20;

    // The one on the PATH may be a version manager's, which does not see the modules of the system's packages.
    private static final List<String> INTERPRETERS = List.of("python3", "/usr/bin/python3");

    private static final Map<String, Optional<String>> KNOWN = new ConcurrentHashMap<>();

    private Python() {}

    /** The first interpreter for which this statement succeeds. */
    public static Optional<String> that(String statement) {
        return KNOWN.computeIfAbsent(
                statement,
                unknown -> INTERPRETERS.stream()
                        .filter(interpreter -> does(interpreter, unknown))
                        .findFirst());
    }

    private static boolean does(String interpreter, String statement) {
        try {
            Process process = new ProcessBuilder(interpreter, "-c", statement)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
