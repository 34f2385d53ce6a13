package plainweave.benchmarks.jobs;

/** A new connection for every exchange: the price of dialling. */
public final class Connect implements Job {

    @Override
    public String name() {
        return "connect";
    }

    @Override
    public String about() {
        return "100 callers at once; every caller connects, sends a line of 64 bytes, waits for its echo, checks it, closes"
                + " the connection and starts again. The server answers the close with a reset (linger 0), so that no"
                + " port is left in TIME_WAIT, whoever the client is.";
    }

    @Override
    public int callers() {
        return 100;
    }

    @Override
    public int connections() {
        return 100;
    }

    @Override
    public boolean connects() {
        return true;
    }
}
