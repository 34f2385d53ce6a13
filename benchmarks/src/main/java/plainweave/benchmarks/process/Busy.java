package plainweave.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the whole machine does, to tell whether a client was alone with its server. */
public final class Busy {

    private static final double TICKS_PER_SECOND = 100;

    private Busy() {}

    /** CPU time of all programs on all cores since the machine started, and what the host took for other machines. */
    public static double seconds() throws IOException {
        String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).split("\\s+");
        long user = Long.parseLong(fields[1]);
        long nice = Long.parseLong(fields[2]);
        long system = Long.parseLong(fields[3]);
        long stolen = fields.length > 8 ? Long.parseLong(fields[8]) : 0;
        return (user + nice + system + stolen) / TICKS_PER_SECOND;
    }
}
