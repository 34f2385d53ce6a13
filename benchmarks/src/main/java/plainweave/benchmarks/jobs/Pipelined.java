package plainweave.benchmarks.jobs;

import java.util.Locale;

/** Callers that share connections, on which requests are sent before the replies to those before have come. */
public final class Pipelined implements Job {
    private static final int CALLERS = 1_000;

    private final int connections;

    /** With so many connections. */
    public Pipelined(int connections) {
        this.connections = connections;
    }

    @Override
    public String name() {
        return "pipelined-" + CALLERS + "x" + connections;
    }

    @Override
    public String about() {
        return String.format(
                Locale.ROOT,
                "%,d callers share %s; every caller sends a line of 64 bytes, waits for its echo, checks it and starts"
                        + " again. Requests go out before the replies to those before them have come, in order.",
                CALLERS,
                connections == 1 ? "one connection" : connections + " connections");
    }

    @Override
    public int callers() {
        return CALLERS;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public int depth() {
        return CALLERS / connections;
    }
}
