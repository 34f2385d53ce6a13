package plainweave.benchmarks.jobs;

import java.util.Locale;

/** As many connections as callers: the price of an exchange itself. */
public final class Serial implements Job {
    private final int callers;

    /** With so many. */
    public Serial(int callers) {
        this.callers = callers;
    }

    @Override
    public String name() {
        return "serial-" + callers;
    }

    @Override
    public String about() {
        return String.format(
                Locale.ROOT,
                "%,d callers with a connection each; every caller sends a line of 64 bytes, waits for its echo, checks"
                        + " it and sends the next.",
                callers);
    }

    @Override
    public int callers() {
        return callers;
    }

    @Override
    public int connections() {
        return callers;
    }
}
