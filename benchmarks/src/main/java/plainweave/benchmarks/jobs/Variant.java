package plainweave.benchmarks.jobs;

import plainweave.benchmarks.server.Service;

/**
 * A job of which more is asked: the same load under a name of its own, so that its report does not take the place of the
 * plain one's.
 *
 * @param load the job
 * @param deadlines whether every wait for a reply has to end
 * @param metrics whether Plainweave also plays with its meters on
 */
public record Variant(Job load, boolean deadlines, boolean metrics) implements Job {

    @Override
    public String name() {
        return load.name() + (deadlines ? "-deadlines" : "") + (metrics ? "-metrics" : "");
    }

    @Override
    public String about() {
        return load.about()
                + (deadlines ? " Every wait for a reply ends after 30 s; who has no such limit is left out." : "")
                + (metrics ? " Plainweave also plays with its meters on, the others as ever." : "");
    }

    @Override
    public int callers() {
        return load.callers();
    }

    @Override
    public int connections() {
        return load.connections();
    }

    @Override
    public boolean connects() {
        return load.connects();
    }

    @Override
    public int depth() {
        return load.depth();
    }

    @Override
    public Service service() {
        return load.service();
    }

    @Override
    public int unsharedConnections() {
        return load.unsharedConnections();
    }

    @Override
    public boolean pooled() {
        return load.pooled();
    }
}
