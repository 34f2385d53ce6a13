package plainweave.benchmarks.jobs;

import plainweave.benchmarks.server.Service;

/** One long download: the price of a byte. */
public final class Download implements Job {
    private final String name;
    private final String rate;
    private final Service service;

    private Download(String name, String rate, Service service) {
        this.name = name;
        this.rate = rate;
        this.service = service;
    }

    /** As fast as client and server can. */
    public static Download unbounded() {
        return new Download("stream-4g", "as fast as it goes", Service.SOURCE);
    }

    /** As a fast network would give it. */
    public static Download atTenGigabits() {
        return new Download("stream-10gbit", "at 10 Gbit/s", Service.PACED_SOURCE);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String about() {
        return "One caller downloads 4 GiB over one connection, over and over, " + rate + ": a line asks for 65,536"
                + " chunks, and each comes as a length, its number and the rest of its 64 KiB. Length and number of every"
                + " chunk are checked. Here an exchange is one MiB, 16 chunks.";
    }

    @Override
    public int callers() {
        return 1;
    }

    @Override
    public int connections() {
        return 1;
    }

    @Override
    public Service service() {
        return service;
    }
}
