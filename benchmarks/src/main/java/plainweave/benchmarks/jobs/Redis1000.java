package plainweave.benchmarks.jobs;

import plainweave.benchmarks.server.Service;

/** A protocol of everyday use against its own server: far more callers than it needs connections. */
public final class Redis1000 implements Job {

    // As many as pooled-1000x64 has for as many callers.
    private static final int UNSHARED = 64;

    @Override
    public String name() {
        return "redis-1000";
    }

    @Override
    public String about() {
        return "1,000 callers on a Redis; every caller sets a key of its own to a new value of 64 bytes, waits for the"
                + " answer, gets the key, waits for the answer, checks that it is the value it set, and starts again. An"
                + " exchange is one command. Each peer has as many connections as its documentation recommends.";
    }

    @Override
    public int callers() {
        return 1_000;
    }

    @Override
    public int connections() {
        return 1;
    }

    @Override
    public int depth() {
        return 1_000;
    }

    @Override
    public int unsharedConnections() {
        return UNSHARED;
    }

    @Override
    public Service service() {
        return Service.REDIS;
    }
}
