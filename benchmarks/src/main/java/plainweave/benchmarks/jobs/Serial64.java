package plainweave.benchmarks.jobs;

/** As many connections as callers: the price of an exchange itself. */
public final class Serial64 implements Job {

    @Override
    public String name() {
        return "serial-64";
    }

    @Override
    public String about() {
        return "64 callers with a connection each; every caller sends a line of 64 bytes, waits for its echo, checks"
                + " it and sends the next.";
    }

    @Override
    public int callers() {
        return 64;
    }

    @Override
    public int connections() {
        return 64;
    }
}
