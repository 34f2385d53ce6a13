package plainweave.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the whole machine does, to tell whether a client was alone with its server. */
public final class Busy {

    private static final double TICKS_PER_SECOND = 100;
    private static final int USER = 1;
    private static final int IDLE = 4;
    private static final int WAITING = 5;
    private static final int STOLEN = 8;

    private Busy() {}

    /** CPU time of all programs on all cores since the machine started, and what the host took for other machines. */
    public static double seconds() throws IOException {
        String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).split("\\s+", -1);
        long busy = 0;
        for (int i = USER; i <= STOLEN; i++) {
            // Interrupts count: what they do for a process stands in that process's own time as well.
            if (i != IDLE && i != WAITING) {
                busy += Long.parseLong(fields[i]);
            }
        }
        return busy / TICKS_PER_SECOND;
    }
}
