package plainweave.observe;

import java.util.function.Supplier;

/**
 * Told what a client does. Every method is called on the thread that does it, after the fact and with no lock held, so it should
 * be quick; what it throws is logged once and never felt. All methods are empty by default.
 */
public interface Observer {
    /**
     * The client has started.
     *
     * @param stats gives the counts of the moment; safe from any thread, for as long as the client lives and after
     */
    default void started(Supplier<ClientStats> stats) {}

    /**
     * The client has closed.
     *
     * @param stats the one it started with
     */
    default void stopped(Supplier<ClientStats> stats) {}

    /** A call or a lease is over, well or not. */
    default void exchanged(ExchangeReport report) {}

    /** A connection was opened and set up. */
    default void opened(ConnectionOpened event) {}

    /** A TLS handshake succeeded. */
    default void secured(Handshake event) {}

    /** A connection was closed. */
    default void closed(ConnectionClosed event) {}

    /** A host name was looked up; not told for names found in the cache. */
    default void resolved(Resolved event) {}

    /** A call was refused in the queue. */
    default void shed(Shed event) {}

    /** A lease was held for long, or lost without being closed. */
    default void leaked(Leaked event) {}
}
