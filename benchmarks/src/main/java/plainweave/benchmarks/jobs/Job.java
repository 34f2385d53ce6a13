package plainweave.benchmarks.jobs;

import plainweave.benchmarks.server.Service;

/**
 * One kind of load: a number of callers, each making one exchange after the other, with a server of the job's own. With
 * the echo server an exchange is a line of 64 bytes and the same line back. A new job is one more file in this package
 * and its line in {@link Jobs}.
 */
public interface Job {

    /** The name it is asked for by: {@code -Darena.job=serial-64}. */
    String name();

    /** What it does, as a sentence for the report. */
    String about();

    /** Callers, each with one exchange under way at any time. */
    int callers();

    /** Connections they have between them. */
    int connections();

    /** What they talk to. */
    default Service service() {
        return Service.ECHO;
    }

    /** Whether an exchange is a part of a download. */
    default boolean streams() {
        return service() == Service.SOURCE || service() == Service.PACED_SOURCE;
    }

    /** Whether every exchange has a connection of its own. */
    default boolean connects() {
        return false;
    }

    /** Exchanges in flight on each connection that callers share; 0 if each exchange has one to itself. */
    default int depth() {
        return 0;
    }

    /** Whether every wait for a reply has to end, after half a minute at the latest. */
    default boolean deadlines() {
        return false;
    }

    /** Connections a peer needs that cannot share one: where callers share some, one for each caller unless it pools. */
    default int unsharedConnections() {
        return depth() == 0 ? connections() : callers();
    }

    /** Whether callers have to wait for each other's connections. */
    default boolean pooled() {
        return depth() == 0 && callers() > connections();
    }
}
