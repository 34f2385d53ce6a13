package plainweave.benchmarks.jobs;

import plainweave.benchmarks.server.Service;

/** One long download: the price of a byte. */
public final class Stream4g implements Job {

    @Override
    public String name() {
        return "stream-4g";
    }

    @Override
    public String about() {
        return "One caller downloads 4 GiB over one connection, over and over: a line asks for 65,536 chunks, and each"
                + " comes as a length, its number and the rest of its 64 KiB. Length and number of every chunk are"
                + " checked. Here an exchange is one MiB, 16 chunks.";
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
        return Service.SOURCE;
    }
}
