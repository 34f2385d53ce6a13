package plainweave.benchmarks.peers;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Python;

/** Python's coroutines: on asyncio's own event loop or on uvloop's, with streams or, faster, with callbacks. */
public final class Asyncio implements Peer {

    // Before this version a semaphore let newcomers pass those who waited.
    private static final String NEW_ENOUGH = "import sys; assert sys.version_info >= (3, 11)";

    private final String loop;
    private final String style;

    private Asyncio(String loop, String style) {
        this.loop = loop;
        this.style = style;
    }

    /** asyncio's streams on its own loop. */
    public static Asyncio streams() {
        return new Asyncio("asyncio", "streams");
    }

    /** asyncio's streams on uvloop. */
    public static Asyncio uvloopStreams() {
        return new Asyncio("uvloop", "streams");
    }

    /** A Protocol class on uvloop. */
    public static Asyncio uvloopProtocol() {
        return new Asyncio("uvloop", "protocol");
    }

    @Override
    public String name() {
        return loop + "-" + style;
    }

    @Override
    public String about(Job job) {
        String on = loop.equals("uvloop") ? "Python on uvloop's event loop, " : "Python on asyncio's own event loop, ";
        if (job.streams()) {
            return on + "a BufferedProtocol class with one buffer of 256 KiB; " + timers(job);
        }
        if (style.equals("protocol")) {
            return on + "a Protocol class without coroutines; " + timers(job)
                    + (job.pooled() ? "; callers wait in a deque for the next free connection" : "");
        }
        return on + "a task for each caller, open_connection, write, drain, readexactly; "
                + (job.deadlines() ? "asyncio.timeout(30) around every exchange" : "no deadlines")
                + (job.pooled() ? "; callers wait at an asyncio.Semaphore, connections lie in a deque" : "");
    }

    private static String timers(Job job) {
        return job.deadlines()
                ? "a deadline of 30 s for every wait, looked at by one loop.call_later for each connection"
                : "no deadlines";
    }

    @Override
    public boolean plays(Job job) {
        return switch (job.service()) {
            case ECHO -> job.depth() == 0;
            case SOURCE, PACED_SOURCE -> style.equals("protocol");
            case REDIS -> false;
        };
    }

    @Override
    public Optional<String> missing() {
        if (interpreter().isPresent()) {
            return Optional.empty();
        }
        return Optional.of(
                loop.equals("uvloop")
                        ? "needs Python of at least 3.11 with uvloop: apt-get install python3 python3-uvloop, or pip"
                                + " install uvloop"
                        : "needs Python of at least 3.11: apt-get install python3, or your system's like");
    }

    @Override
    public List<String> command(Job job, Launch launch) throws IOException {
        return launch.command(
                job,
                interpreter().orElseThrow(() -> new IOException("there is no Python any more")),
                launch.programs().copied("peers/asyncio-client.py").toString(),
                loop,
                style);
    }

    private Optional<String> interpreter() {
        return Python.that(NEW_ENOUGH + "; import " + loop);
    }
}
