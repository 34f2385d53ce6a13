package plainweave.benchmarks.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.Programs;

/**
 * The server's process, as the arena holds it.
 *
 * @param process the process
 * @param port where it listens on loopback
 * @param about what it is, for the report
 */
public record Server(Child process, int port, String about) implements AutoCloseable {

    private static final Duration TO_LISTEN = Duration.ofSeconds(20);

    /** Starts it on its core. */
    public static Server start(Service service, Cores cores, Programs programs, Duration lifetime) throws IOException {
        List<String> command = new ArrayList<>(cores.server());
        command.addAll(service.command(programs, lifetime));
        Child process = Child.start(service.title(), command);
        try {
            String[] words = process.await("listening", TO_LISTEN).split(" ", -1);
            if (words.length > 1) {
                process.worksAs(Long.parseLong(words[1]));
            }
            return new Server(process, Integer.parseInt(words[0]), service.about());
        } catch (IOException | RuntimeException why) {
            process.close();
            throw why;
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
