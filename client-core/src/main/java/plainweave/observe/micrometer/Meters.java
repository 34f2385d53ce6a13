package plainweave.observe.micrometer;

import java.util.List;

/** Every meter a {@link MicrometerObserver} registers: its name, its tags and what it tells. */
public enum Meters {
    /** Calls and leases. */
    EXCHANGE(
            "plainweave.exchange",
            "Calls and leases that are over, with the time from start to end, queue included",
            "endpoint",
            "priority",
            "outcome"),
    /** Time in the queue. */
    QUEUE_WAIT("plainweave.queue.wait", "Time calls and leases spent waiting for a permit", "endpoint", "priority"),
    /** Calls refused. */
    SHED(
            "plainweave.queue.shed",
            "Calls refused in the queue: it was full, a higher priority took the place, the deadline could not be met, or the client closed",
            "endpoint",
            "priority"),
    /** Connections opened. */
    OPENED("plainweave.connections.opened", "Connections opened, with the time from lookup to login", "endpoint"),
    /** Connections secured. */
    HANDSHAKES(
            "plainweave.tls.handshakes",
            "TLS handshakes that succeeded, full or resumed, with the time they took",
            "endpoint",
            "kind"),
    /** Connections closed. */
    CLOSED("plainweave.connections.closed", "Connections closed, by reason", "endpoint", "reason"),
    /** How long connections lived. */
    LIFETIME(
            "plainweave.connections.lifetime",
            "How long connections were open that are closed, sockets among them",
            "endpoint"),
    /** Names looked up. */
    DNS_LOOKUP("plainweave.dns.lookup", "Host names looked up, with the time that took", "outcome"),
    /** Leases forgotten. */
    LEAKED("plainweave.leases.leaked", "Leases and streams held longer than leakAfter, or lost", "endpoint"),
    /** Permits out now. */
    PERMITS_OUT("plainweave.permits.out", "Permits handed out: exchanges and leases in flight"),
    /** Permits there are. */
    PERMITS_TOTAL("plainweave.permits.total", "Permits there are"),
    /** High-water mark of permits. */
    PERMITS_OUT_MAX("plainweave.permits.out.max", "The most permits ever out at once"),
    /** Callers waiting now: a gauge for each of the library's priorities, and {@code other} for those of your own. */
    QUEUE_WAITING("plainweave.queue.waiting", "Callers waiting for a permit", "priority"),
    /** High-water mark of the queue. */
    QUEUE_WAITING_MAX("plainweave.queue.waiting.max", "The most callers ever waiting at once"),
    /** Connections in use now. */
    CONNECTIONS_IN_USE("plainweave.connections.in.use", "Open connections that serve an exchange or lease"),
    /** Connections idle now. */
    CONNECTIONS_IDLE("plainweave.connections.idle", "Open connections that wait in the pool"),
    /** Sockets of other libraries now. */
    SOCKETS("plainweave.sockets", "Connected sockets of client.socketFactory() and sslSocketFactory()"),
    /** Bytes they brought. */
    SOCKETS_READ("plainweave.sockets.read", "Bytes read from sockets of client.socketFactory() and sslSocketFactory()"),
    /** Bytes they took. */
    SOCKETS_WRITTEN("plainweave.sockets.written", "Bytes written to such sockets"),
    /** Names found in the cache. */
    DNS_HITS("plainweave.dns.hits", "Host names found in the cache"),
    /** The memory bound. */
    MEMORY_BOUND("plainweave.memory.bound", "The most bytes frames, buffers and idle connections can take");

    private final String meterName;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> tags;

    Meters(String meterName, String help, String... tags) {
        this.meterName = meterName;
        this.help = help;
        this.tags = List.of(tags);
    }

    /** The name, in Micrometer's dotted form. */
    public String meterName() {
        return meterName;
    }

    /** What it tells, in one line. */
    public String help() {
        return help;
    }

    /** The keys of its tags, in order. */
    public List<String> tags() {
        return tags;
    }
}
