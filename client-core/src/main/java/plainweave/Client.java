package plainweave;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocketFactory;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.connection.SharedConnection;
import plainweave.dns.Answer;
import plainweave.dns.DnsCache;
import plainweave.net.Dialer;
import plainweave.net.Door;
import plainweave.net.SocketSettings;
import plainweave.net.Tls;
import plainweave.observe.ClientStats;
import plainweave.observe.Observer;
import plainweave.observe.Resolved;
import plainweave.pool.ConnectionPool;
import plainweave.schedule.PrioritySemaphore;
import plainweave.time.Watchdog;

/**
 * Holds connections, permits, names and the two threads that look after them. Make one for a program and share it: it is safe
 * from any thread, virtual or platform. Idle, it costs two parked threads.
 *
 * <pre>{@code
 * try (Client client = Client.create()) {
 *     Remote<String, String> echo = client.remote(Endpoint.of("localhost", 7), Codecs.lines());
 *     System.out.println(echo.call("hello"));
 * }
 * }</pre>
 */
public final class Client implements AutoCloseable {
    /** Connections that were cut end their calls within this, or not at all. */
    private static final Duration CUT_CALLS_END_WITHIN = Duration.ofSeconds(1);

    private static final Duration SLOWEST_HOUSEKEEPING = Duration.ofSeconds(5);
    private static final Duration FASTEST_HOUSEKEEPING = Duration.ofMillis(20);

    private final ClientOptions options;
    private final Observer observer;
    private final Watchdog watchdog;
    private final DnsCache dns;
    private final PrioritySemaphore semaphore;
    private final ConnectionPool pool;
    private final Door door;
    private final Failures failures;
    private final Exchanger exchanger;
    private final Warmer warmer;
    private final Housekeeper housekeeper;
    private final Leases leases;
    private final Supplier<ClientStats> stats = this::stats;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Client(ClientOptions options) {
        this.options = options;
        this.observer = new GuardedObserver(options.observers());
        this.watchdog = new Watchdog("plainweave-watchdog");
        this.dns = new DnsCache(
                new DnsCache.Settings(options.dnsTtl(), options.dnsNegativeTtl()),
                options.dns(),
                watchdog,
                System::nanoTime,
                this::resolved);
        this.semaphore = new PrioritySemaphore(
                new PrioritySemaphore.Settings(
                        options.permitsPerEndpoint(),
                        options.permitsTotal(),
                        options.queuePerEndpoint(),
                        options.queueTotal(),
                        options.reserved(),
                        options.refuseHopeless(),
                        options.limit().orElse(null)),
                watchdog);
        SocketSettings sockets =
                new SocketSettings(options.keepAlive(), options.localAddress().orElse(null));
        Tls tls = new Tls(options.tls().settings(), observer);
        Dialer dialer = new Dialer(dns, sockets, tls, watchdog, System::nanoTime, Client::random);
        this.pool = new ConnectionPool(
                new ConnectionPool.Settings(
                        options.connectTimeout(),
                        options.idleTimeout(),
                        options.maxLifetime(),
                        options.maxIdle(),
                        options.maxFrame(),
                        options.pipelineDepth() > 0 ? options.sharedConnections() : 0,
                        new SharedConnection.Settings(
                                Math.max(1, options.pipelineDepth()), options.maxFrame(), options.silence())),
                dialer,
                watchdog,
                observer,
                System::nanoTime,
                Client::random);
        this.door = new Door(
                new Door.Settings(options.connectTimeout(), options.silence()),
                dialer,
                sockets,
                tls,
                observer,
                System::nanoTime);
        Set<Leasing> leasesOut = ConcurrentHashMap.newKeySet();
        this.failures = new Failures(
                semaphore,
                pool,
                observer,
                options,
                () -> Leases.heldByThisThread(leasesOut),
                () -> stats(Map.of()), // a failure walks through no queue
                this::dump);
        this.exchanger =
                new Exchanger(semaphore, pool, observer, !options.observers().isEmpty(), failures);
        this.leases = new Leases(
                leasesOut, options.silence(), options.leakAfter(), failures, exchanger, observer, System::nanoTime);
        Duration pace = pace(options);
        Duration notice = options.maxLifetime().dividedBy(10);
        this.warmer = new Warmer(semaphore, pool, failures, options.connectTimeout(), notice);
        this.housekeeper = new Housekeeper(this::keepHouse, pace);
        observer.started(stats);
    }

    private void resolved(Answer answer) {
        observer.resolved(new Resolved(answer.host(), answer.addresses(), answer.took(), answer.failure()));
        pool.follow(answer);
    }

    private static double random() {
        return ThreadLocalRandom.current().nextDouble();
    }

    /** A client with all options at their defaults. */
    public static Client create() {
        return create(ClientOptions.defaults());
    }

    /** A client with these options. */
    public static Client create(ClientOptions options) {
        return new Client(ClientOptions.given("options", options));
    }

    /**
     * A peer to call. Nothing is looked up or connected yet.
     *
     * @param endpoint where it is
     * @param codec the protocol it speaks
     * @throws IllegalArgumentException if its {@code maxId} is too small for {@link ClientOptions#pipelineDepth()}
     */
    public <Q, R> Remote<Q, R> remote(Endpoint endpoint, Codec<Q, R> codec) {
        Route route = new Route(
                ClientOptions.given("endpoint", endpoint),
                ClientOptions.given("codec", codec).session());
        pool.requireFit(codec);
        return new Remote<>(this, route, codec, Priority.NORMAL, options.timeout(), null, false);
    }

    /**
     * A connection for your own blocking code, at {@link Priority#NORMAL}, waiting for it at most {@link ClientOptions#timeout()}.
     *
     * @throws CallException if there is none to be had
     */
    public Lease lease(Endpoint endpoint) {
        return lease(endpoint, Priority.NORMAL);
    }

    /**
     * A connection for your own blocking code, waiting for it at most {@link ClientOptions#timeout()}.
     *
     * @throws CallException if there is none to be had
     */
    public Lease lease(Endpoint endpoint, Priority priority) {
        return remote(endpoint, RawCodec.INSTANCE).with(priority).lease();
    }

    /**
     * Several calls at once, with one deadline for all, counted from now.
     *
     * @param within positive
     * @throws IllegalArgumentException if it is zero or negative
     */
    public <R> Fanout<R> fanout(Duration within) {
        ClientOptions.requirePositive("within", within);
        return new Fanout<>(Deadline.after(within));
    }

    /**
     * Sockets for a library that does its own blocking reading and writing: a JDBC driver, Jedis, an HTTP client. Give it this factory, and
     * its connections come from the same names, races, remembered outages, observers and counts as all others here. Always the same
     * instance, safe from any thread; so are its sockets. They behave as {@link java.net.Socket} says, except that:
     * <ul>
     *   <li><b>connect</b> goes by the name that the address carries, unresolved or not: it is looked up in the client's cache and its
     *       addresses are raced, whichever of them came along. So a library that chose an address by itself, after a check say, has to
     *       pass it without the name ({@code InetAddress.getByAddress(bytes)}). An address without a name stays as it is, and so does one
     *       whose name cannot be looked up here. A timeout of 0 is {@link ClientOptions#connectTimeout()}; any other holds as given,
     *       for lookup and race together.
     *   <li><b>Writes</b> are bounded: when the peer has taken nothing for {@link ClientOptions#silence()}, at most 64 KiB being offered at
     *       a time, the connection is cut. Reads have {@code setSoTimeout}, after which the socket can be used as before, and no other
     *       bound.
     *   <li><b>An interrupt</b> closes the socket, on a platform thread too; so does another thread's {@code close}. Either way whoever
     *       waits gets a SocketException. A lookup under way is waited for, within the time for the connect.
     *   <li><b>Options</b> that a SocketChannel has can be set at any time. No delay is on from the start, keep-alive as
     *       {@link ClientOptions#keepAlive()} says, and binding is refused where {@link ClientOptions#localAddress()} is set. Urgent data is
     *       not supported, a socket has no channel, and Unix-domain sockets are not to be had.
     * </ul>
     *
     * <p>What goes wrong is an IOException of the kind that java.net throws: {@link java.net.UnknownHostException},
     * {@link java.net.ConnectException} (also at once, without a try, while an endpoint is known to be out),
     * {@link java.net.SocketTimeoutException}, otherwise {@link java.net.SocketException}; its message lists every try.
     *
     * <p><b>No permit stands behind a socket</b>, whoever holds it: a permit is held for an exchange, and from here nobody sees where one
     * begins or ends. A library's pool keeps its sockets for hours, mostly idle; if they held permits, calls would wait for pools that
     * never give one back, and a pool larger than half of an endpoint's permits could never be filled. So how many there are is that
     * pool's to bound, and when one is closed too: {@link #evict}, {@link ClientOptions#idleTimeout()}, {@link
     * ClientOptions#maxLifetime()} and addresses that move do not touch them. {@link #close} does, also one that its owner forgot.
     */
    public SocketFactory socketFactory() {
        return door.plain();
    }

    /**
     * The same under TLS, as {@link ClientOptions#tls()} says; also over a socket that is connected already, from {@link #socketFactory()} or
     * from anywhere, which is how most libraries use it. Always the same instance, safe from any thread.
     *
     * <p>Its sockets are the JDK's with these differences: what they offer is what the client offers, until the library sets something
     * else; the certificate has to be for the host that was given, unless {@link TlsOptions#insecureAnyHostName()} says otherwise, whatever
     * the library verifies besides; the host is sent by SNI, a short name too; the observer is told of the handshake. A handshake is bounded by
     * {@code setSoTimeout} for each read, like any read, and by {@link ClientOptions#silence()} for writes that go through the client.
     * As always with the JDK, an end of stream without the goodbye of TLS is an end of stream.
     */
    public SSLSocketFactory sslSocketFactory() {
        return door.secured();
    }

    /** Closes idle connections to this endpoint now, and those in use once their exchange is over. Others are not touched. */
    public void evict(Endpoint endpoint) {
        pool.evict(ClientOptions.given("endpoint", endpoint));
    }

    /**
     * From now on there are so many permits, instead of {@link ClientOptions#permitsPerEndpoint()} and
     * {@link ClientOptions#permitsTotal()}. Takes effect at once: where there are more, waiters get them; where there are fewer, those out
     * stay out until they are given back, idle connections beyond the new number close, and nobody's exchange is cut. Adaptive limits
     * are kept inside; one that was made for fewer does not grow beyond those.
     *
     * @param perEndpoint at least 1, at most {@code total}
     * @param total at least 1; the memory that so many exchanges can take has to be inside {@link ClientOptions#maxMemory()}
     * @throws IllegalArgumentException if out of range
     */
    public void permits(int perEndpoint, int total) {
        options.toBuilder().permitsPerEndpoint(perEndpoint).permitsTotal(total).checkPermits();
        semaphore.resize(perEndpoint, total);
        pool.shrinkTo(perEndpoint);
    }

    int permitsPerEndpoint() {
        return semaphore.permitsPerEndpoint();
    }

    boolean shares(Codec<?, ?> codec) {
        return pool.shares(codec);
    }

    Warmer warmer() {
        return warmer;
    }

    Leases leases() {
        return leases;
    }

    Exchanger exchanger() {
        return exchanger;
    }

    /** The options it was made with. */
    public ClientOptions options() {
        return options;
    }

    /** How it stands now. */
    public ClientStats stats() {
        return stats(semaphore.waitingByPriority());
    }

    private ClientStats stats(Map<Priority, Integer> waitingByPriority) {
        PrioritySemaphore.Counts permits = semaphore.counts();
        ConnectionPool.Counts connections = pool.counts();
        Door.Counts sockets = door.counts();
        DnsCache.Counts names = dns.counts();
        return new ClientStats(
                permits.out(),
                permits.total(),
                permits.maxOut(),
                permits.waiting(),
                waitingByPriority,
                permits.maxWaiting(),
                Math.max(0, connections.open() - connections.idle()),
                connections.idle(),
                sockets.open(),
                connections.opened() + sockets.opened(),
                connections.closed() + sockets.closed(),
                names.hits(),
                names.lookups(),
                names.failures(),
                sockets.bytesIn(),
                sockets.bytesOut(),
                options.memoryBound());
    }

    /**
     * How it stands now, in lines for a person: the counts of {@link #stats()}, then permits and queue by endpoint and priority, then
     * every connection and socket with age, state, address and byte counts. Never a byte of a request, nor a session.
     */
    public String dump() {
        List<String> lines = new ArrayList<>();
        lines.add(stats().toString());
        lines.addAll(semaphore.dump());
        lines.addAll(pool.dump());
        lines.addAll(door.dump());
        return String.join("\n  ", lines);
    }

    /** Often enough that nothing is seen later than by a quarter of its time, and that a successor is up in time. */
    private static Duration pace(ClientOptions options) {
        return Stream.of(
                        options.idleTimeout().dividedBy(4),
                        options.leakAfter().dividedBy(4),
                        options.maxLifetime().dividedBy(20),
                        SLOWEST_HOUSEKEEPING)
                .min(Comparator.naturalOrder())
                .filter(pace -> pace.compareTo(FASTEST_HOUSEKEEPING) > 0)
                .orElse(FASTEST_HOUSEKEEPING);
    }

    private void keepHouse() {
        semaphore.sweep();
        pool.sweep();
        warmer.keepUp();
        leases.sweep();
    }

    /**
     * Refuses new calls, tells those in the queue, lets running ones and leases go on for {@link ClientOptions#drain()}, then cuts
     * them. Sockets of its factories are cut when the calls are over: nobody here can tell whether one is in use, so close what they
     * were for first. Idempotent and safe from any thread; if this thread is interrupted it cuts at once and stays interrupted.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        semaphore.close();
        door.refuse();
        pool.stopKeeping();
        boolean interrupted = false;
        try {
            if (!options.drain().isZero()) {
                semaphore.awaitAllBack(Deadline.after(options.drain()));
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        pool.close();
        door.close();
        dns.close();
        try {
            if (!interrupted) {
                Deadline soon = Deadline.after(CUT_CALLS_END_WITHIN);
                semaphore.awaitAllBack(soon);
                pool.awaitEnd(soon);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        housekeeper.close();
        watchdog.close();
        observer.stopped(stats);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
