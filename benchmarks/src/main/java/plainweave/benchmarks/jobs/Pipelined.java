package plainweave.benchmarks.jobs;

import java.util.Locale;

/** Callers that share connections, on which requests are sent before the replies to those before have come. */
public final class Pipelined implements Job {
    private final int callers;
    private final int connections;

    /** So many callers on so many connections. */
    public Pipelined(int callers, int connections) {
        this.callers = callers;
        this.connections = connections;
    }

    @Override
    public String name() {
        return "pipelined-" + callers + "x" + connections;
    }

    @Override
    public String about() {
        String who = callers == 1
                ? "One caller has a connection that it could share"
                : String.format(Locale.ROOT, "%,d callers share %s", callers, shared());
        return who
                + "; every caller sends a line of 64 bytes, waits for its echo, checks it and starts again. Requests go"
                + " out before the replies to those before them have come, in order.";
    }

    private String shared() {
        return connections == 1 ? "one connection" : connections + " connections";
    }

    @Override
    public int callers() {
        return callers;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public int depth() {
        return callers / connections;
    }
}
