package plainweave.benchmarks.jobs;

/** Far more callers than connections: the price of waiting for one's turn and of handing connections on. */
public final class Pooled1000x64 implements Job {

    @Override
    public String name() {
        return "pooled-1000x64";
    }

    @Override
    public String about() {
        return "1,000 callers share 64 connections; every caller waits for a connection, sends a line of 64 bytes on"
                + " it, waits for its echo, checks it, gives the connection back and starts again.";
    }

    @Override
    public int callers() {
        return 1_000;
    }

    @Override
    public int connections() {
        return 64;
    }
}
