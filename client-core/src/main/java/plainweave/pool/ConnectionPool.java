package plainweave.pool;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.connection.CodecFailure;
import plainweave.connection.SerialConnection;
import plainweave.connection.SharedConnection;
import plainweave.dns.Answer;
import plainweave.net.CutException;
import plainweave.net.Dialer;
import plainweave.net.Transport;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.Observer;
import plainweave.schedule.Permit;
import plainweave.schedule.Slot;
import plainweave.time.Watchdog;

/**
 * Which connection serves an exchange, and which are kept. It never makes anybody wait and bounds nothing: permits do. It only
 * remembers.
 *
 * <p>What must always hold: an open connection is either in one holder's hands, or in one permit's slot, or in the store, or shared; the
 * registry has them all. Sockets in use to an endpoint never exceed its permits, because only the holder of a permit takes or
 * dials, and one that is shared serves at least one of them; with the idle ones they do not either, because at the bound a dial closes
 * the one longest idle first. A shared one that is idle counts as such, like any other.
 */
public final class ConnectionPool implements AutoCloseable {
    /** Connections opened together retire spread over at least a tenth of their lifetime; a random tenth would fall just short. */
    private static final double LIFETIME_JITTER = 0.12;

    /**
     * Who takes a connection so soon after it was kept has it as if it were handed on: nothing was left over then, and what a peer sends
     * unasked within so little time could as well come after the probe.
     */
    private static final long AT_ONCE_NANOS = 20_000;

    /**
     * What bounds a connection's life.
     *
     * @param connectTimeout from the lookup to the end of the codec's open
     * @param idleTimeout unused for so long, it is closed
     * @param maxLifetime so old, less up to an eighth, it is closed
     * @param maxIdle idle connections of all endpoints
     * @param maxFrame bytes of one frame
     * @param sharedConnections how many of a route callers share; 0 if none
     * @param shared what bounds those
     */
    public record Settings(
            Duration connectTimeout,
            Duration idleTimeout,
            Duration maxLifetime,
            int maxIdle,
            int maxFrame,
            int sharedConnections,
            SharedConnection.Settings shared) {
        /** Where none are shared. */
        public Settings(
                Duration connectTimeout, Duration idleTimeout, Duration maxLifetime, int maxIdle, int maxFrame) {
            this(
                    connectTimeout,
                    idleTimeout,
                    maxLifetime,
                    maxIdle,
                    maxFrame,
                    0,
                    new SharedConnection.Settings(1, maxFrame, idleTimeout));
        }
    }

    /**
     * How the pool stands.
     *
     * @param open connections open
     * @param idle those in the store, and shared ones without an exchange
     * @param opened connections ever opened
     * @param closed connections ever closed
     */
    public record Counts(int open, int idle, long opened, long closed) {}

    /** The connections of one endpoint, and the dials under way to it. */
    private static final class Fleet {
        final Set<PooledConnection> connections = ConcurrentHashMap.newKeySet();
        final AtomicInteger dialling = new AtomicInteger();
        final Resting resting = new Resting();

        /** Those that somebody is closing for being too many. */
        final AtomicInteger leaving = new AtomicInteger();

        /** For a dial that began before its address went. */
        volatile Set<InetAddress> gone = Set.of();

        boolean isEmpty() {
            return connections.isEmpty() && dialling.get() == 0;
        }
    }

    /**
     * Connections that can stand in for each other.
     *
     * @param route what they are opened for
     * @param shared whether callers share them
     */
    public record Kind(Route route, boolean shared) {
        private static Kind of(PooledConnection connection) {
            return new Kind(connection.route, connection.isShared());
        }
    }

    private final Settings settings;
    private final Dialer dialer;
    private final Observer observer;
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;
    private final IdleStore store = new IdleStore();
    private final Shares shares;
    private final Watchdog watchdog;
    private final ConcurrentHashMap<Endpoint, Fleet> open = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Kind, Integer> minimums = new ConcurrentHashMap<>();
    private final AtomicInteger idle = new AtomicInteger();
    private final LongAdder opened = new LongAdder();
    private final LongAdder closedCount = new LongAdder();
    private volatile boolean closing;

    /**
     * A pool.
     *
     * @param watchdog ends the waits on shared connections
     * @param observer told of connections opened and closed; must not throw
     * @param nanoTime the clock of ages
     * @param random from 0 to 1, spreads lifetimes
     */
    public ConnectionPool(
            Settings settings,
            Dialer dialer,
            Watchdog watchdog,
            Observer observer,
            LongSupplier nanoTime,
            DoubleSupplier random) {
        this.settings = settings;
        this.shares = new Shares(settings.sharedConnections());
        this.watchdog = watchdog;
        this.dialer = dialer;
        this.observer = observer;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /**
     * Whether a codec can do what it would be asked to.
     *
     * @throws IllegalArgumentException if callers share connections for it and it has fewer ids than exchanges may be in flight
     */
    public void requireFit(Codec<?, ?> codec) {
        if (shares(codec)) {
            SharedConnection.requireIds(codec, settings.shared().depth());
        }
    }

    /** Whether callers share connections for this codec. */
    public boolean shares(Codec<?, ?> codec) {
        return settings.sharedConnections() > 0 && SharedConnection.canServe(codec);
    }

    /** A place on a shared connection; a new one, if there is none. */
    public Held share(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        storeLeft(permit);
        PooledConnection known = shares.takeKnown(route);
        if (known != null) {
            return new Held(known, permit, true);
        }
        int limit = permit.limit();
        PooledConnection place = shares.take(route, deadline, progress, () -> dialShared(limit, route, codec));
        return new Held(place, permit, true);
    }

    /** One more shared connection to be had in reserve; false if there are as many as there may be. */
    public boolean shareOneMore(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        storeLeft(permit);
        int limit = permit.limit();
        return shares.oneMore(route, deadline, progress, () -> dialShared(limit, route, codec));
    }

    private PooledConnection dialShared(int limit, Route route, Codec<?, ?> codec)
            throws IOException, InterruptedException {
        Fleet fleet = joinFleet(route.endpoint());
        try {
            makeRoom(fleet, limit, idle -> true);
            Deadline patient = Deadline.after(settings.connectTimeout());
            PooledConnection up = opened(fleet, route, codec, patient, new Progress(System.nanoTime()));
            share(up, codec);
            if (closing || up.retired != null) {
                up.shared().drain(); // whoever retired it did not see that it is shared
            }
            closeSurplus(other -> !other.equals(up));
            return up;
        } finally {
            fleet.dialling.decrementAndGet();
            leaveFleet(route.endpoint());
        }
    }

    private void share(PooledConnection up, Codec<?, ?> codec) throws IOException {
        boolean done = false;
        try {
            up.share(SharedConnection.of(up.connection, codec, settings.shared(), watchdog, up));
            done = true;
        } catch (CodecFailure e) {
            throw dialer.unfit(up.connection.transport(), Phase.OPEN, System.nanoTime(), e.thrown());
        } finally {
            if (!done) {
                discard(up, Reason.NOT_KEPT);
            }
        }
    }

    /** One that was shared is no more. */
    void ended(PooledConnection connection) {
        Reason retired = connection.retired;
        discard(connection, retired == null ? Reason.NOT_KEPT : retired);
        shares.remove(connection); // last, for whoever waits until none is left waits for those it finds there
    }

    /** It came with the permit, and the slot is needed for another, or for none. */
    private static void storeLeft(Permit permit) {
        Slot left = permit.takeSlot();
        if (left != null) {
            left.store(permit.limit());
        }
    }

    /** The connection in the permit's slot, else an idle one of this route, else a new one. */
    public Held take(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        Slot left = permit.takeSlot();
        if (left instanceof PooledConnection handedOn) {
            Reason retired = handedOn.retired;
            if (retired == null) {
                handedOn.handedOn();
                return new Held(handedOn, permit, false);
            }
            discard(handedOn, retired);
        }
        PooledConnection found = idleOf(route);
        while (found != null) {
            if (found.take()) {
                countIdle(found, -1);
                if (Thread.interrupted()) {
                    store(found, permit.limit()); // an interrupted thread's probe would close it
                    throw new InterruptedException("interrupted while taking a connection");
                }
                long now = nanoTime.getAsLong();
                Reason unfit = unfit(found, now);
                if (unfit == null && now - found.idleSince() >= AT_ONCE_NANOS && !found.isQuiet()) {
                    unfit = Reason.STALE;
                }
                if (unfit == null) {
                    return new Held(found, permit, false);
                }
                discard(found, unfit);
            }
            found = idleOf(route);
        }
        return dial(permit, route, codec, deadline, progress);
    }

    /** The store takes microseconds to say that it has none, and a client whose connections are not kept asks before every dial. */
    private @Nullable PooledConnection idleOf(Route route) {
        Fleet fleet = open.get(route.endpoint());
        if (fleet == null || fleet.resting.count.get() == 0) {
            return null;
        }
        PooledConnection latest = fleet.resting.take();
        if (latest != null && latest.fits(route)) {
            return latest;
        }
        putAway(latest);
        return store.take(route);
    }

    /** Where it is found later; unless somebody closed it meanwhile. */
    private void putAway(@Nullable PooledConnection latest) {
        long storing = latest == null ? 0 : latest.restoring();
        if (latest != null && storing != 0) {
            store.put(latest);
            latest.stored(storing);
            closeIfUnwanted(latest);
        }
    }

    /** Whoever retired it, or closed the client, did not find it idle. */
    private void closeIfUnwanted(PooledConnection connection) {
        Reason retired = closing ? Reason.CLIENT_CLOSED : connection.retired;
        if (retired != null) {
            closeIfIdle(connection, retired);
        }
    }

    /** A new connection, whatever is idle. */
    public Held dial(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        Fleet fleet = joinFleet(route.endpoint());
        try {
            makeRoom(fleet, permit.limit(), idle -> true);
            return new Held(opened(fleet, route, codec, deadline, progress), permit, false);
        } finally {
            fleet.dialling.decrementAndGet();
            leaveFleet(route.endpoint());
        }
    }

    /**
     * A new connection to be had in reserve, or null if there is no room for it: then all others are in use, or are themselves what
     * is to be there in reserve for longer than the notice.
     */
    public @Nullable Held reserve(
            Permit permit, Route route, Codec<?, ?> codec, Duration notice, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        storeLeft(permit);
        Fleet fleet = joinFleet(route.endpoint());
        try {
            long soon = nanoTime.getAsLong() + notice.toNanos();
            boolean room = makeRoom(
                    fleet,
                    permit.limit(),
                    idle -> idle.isReservedFor(route) ? idle.retireAt - soon <= 0 : !isNeeded(idle, false));
            return room ? new Held(opened(fleet, route, codec, deadline, progress), permit, false) : null;
        } finally {
            fleet.dialling.decrementAndGet();
            leaveFleet(route.endpoint());
        }
    }

    private PooledConnection opened(Fleet fleet, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        long start = nanoTime.getAsLong();
        Deadline connectLimit = Deadline.after(settings.connectTimeout());
        Deadline limit = connectLimit.earlier(deadline);
        Transport transport = dialer.dial(route.endpoint(), limit, limit.equals(connectLimit), progress);
        long opening = System.nanoTime();
        SerialConnection connection;
        boolean setUp = false;
        try {
            connection =
                    SerialConnection.open(transport, route.endpoint(), codec, settings.maxFrame(), limit, progress);
            setUp = true;
        } catch (IOException e) {
            Throwable thrown = e instanceof CodecFailure failure ? failure.thrown() : e;
            throw Thread.currentThread().isInterrupted() ? e : dialer.unfit(transport, Phase.OPEN, opening, thrown);
        } finally {
            if (!setUp) {
                transport.cut(CutException.Reason.DEADLINE);
                transport.close();
            }
        }
        long now = nanoTime.getAsLong();
        long lifetime = (long) (settings.maxLifetime().toNanos() * (1 - LIFETIME_JITTER * random.getAsDouble()));
        PooledConnection pooled = new PooledConnection(this, route, connection, now, now + lifetime, fleet.resting);
        fleet.connections.add(pooled);
        if (transport.peer() instanceof InetSocketAddress peer && fleet.gone.contains(peer.getAddress())) {
            pooled.retired = Reason.MOVED;
        }
        opened.increment();
        observer.opened(new ConnectionOpened(route.endpoint(), transport.address(), Duration.ofNanos(now - start)));
        return pooled;
    }

    /** A reused connection was dead: idle ones of its route that are as old, or older, most likely are too. */
    public void dropAsOldAs(Held stale) {
        if (stale.isShared()) {
            return; // its request was not sent, which says nothing about others
        }
        PooledConnection dead = stale.pooled();
        closeIdle(
                dead.route.endpoint(),
                c -> c.isReservedFor(dead.route) && c.openedAt - dead.openedAt <= 0,
                Reason.STALE);
    }

    void giveBack(PooledConnection connection, boolean keep, Permit permit) {
        long now = nanoTime.getAsLong();
        Reason unfit = keep ? unfit(connection, now) : Reason.NOT_KEPT;
        if (unfit == null) {
            connection.idleSince(now);
            permit.leave(connection);
        } else {
            discard(connection, unfit);
        }
    }

    private @Nullable Reason unfit(PooledConnection connection, long now) {
        if (closing) {
            return Reason.CLIENT_CLOSED;
        }
        Reason retired = connection.retired;
        if (retired != null) {
            return retired;
        }
        if (connection.connection.transport().isOutdated()) {
            return Reason.OUTDATED;
        }
        return connection.retireAt - now <= 0 ? Reason.LIFETIME : null;
    }

    void store(PooledConnection connection, int limit) {
        if (settings.maxIdle() == 0) {
            discard(connection, Reason.SURPLUS); // put down for a moment only, another caller could still take it
            return;
        }
        countIdle(connection, 1);
        connection.putDown();
        putAway(connection.beside.put(connection));
        closeIfUnwanted(connection);
        shrinkTo(connection.route.endpoint(), limit);
        closeSurplus(any -> true);
    }

    private void closeSurplus(Predicate<PooledConnection> mayGo) {
        boolean more = true;
        while (more && idle.get() > settings.maxIdle()) {
            more = closeLongestIdle(open.values(), mayGo);
        }
    }

    void becameIdle(PooledConnection connection) {
        connection.idleSince(nanoTime.getAsLong());
        countIdle(connection, 1);
    }

    void countIdle(PooledConnection connection, int more) {
        idle.addAndGet(more);
        connection.beside.count.addAndGet(more);
    }

    private void discard(PooledConnection connection, Reason reason) {
        if (connection.closeUsed()) {
            end(connection, reason);
        }
    }

    private void end(PooledConnection connection, Reason reason) {
        connection.connection.transport().close();
        store.remove(connection);
        connections(connection.route.endpoint()).remove(connection);
        leaveFleet(connection.route.endpoint());
        closedCount.increment();
        Duration age = Duration.ofNanos(nanoTime.getAsLong() - connection.openedAt);
        observer.closed(new ConnectionClosed(connection.route.endpoint(), reason, age));
    }

    /** Counts a dial from before it starts, so that dials side by side cannot pass the bound together. */
    private Fleet joinFleet(Endpoint endpoint) {
        return open.compute(endpoint, (e, known) -> {
            Fleet joined = known == null ? new Fleet() : known;
            joined.dialling.incrementAndGet();
            return joined;
        });
    }

    /** Closes idle ones until what is open and what is being dialled is inside the bound; false if there are not enough. */
    private boolean makeRoom(Fleet fleet, int limit, Predicate<PooledConnection> mayGo) {
        boolean more = true;
        boolean surplus = true;
        while (more && surplus) {
            int leaving = fleet.leaving.getAndIncrement(); // so that two who see one too many do not close two
            surplus = fleet.connections.size() + fleet.dialling.get() - leaving > limit;
            more = !surplus || closeLongestIdle(List.of(fleet), mayGo);
            fleet.leaving.decrementAndGet();
        }
        return more;
    }

    /** Every endpoint has at most so many permits now. */
    public void shrinkTo(int limit) {
        open.keySet().forEach(endpoint -> shrinkTo(endpoint, limit));
    }

    /** An endpoint has so many permits now: idle connections beyond that close, busy ones are left alone. */
    public void shrinkTo(Endpoint endpoint, int limit) {
        Fleet fleet = open.get(endpoint);
        if (fleet != null && fleet.connections.size() > limit) {
            makeRoom(fleet, limit, idle -> true);
        }
    }

    private void leaveFleet(Endpoint endpoint) {
        open.computeIfPresent(endpoint, (e, fleet) -> fleet.isEmpty() ? null : fleet);
    }

    /** Closes the one of them that nobody has used for longest; false if none is idle. Others may take or close it first. */
    private boolean closeLongestIdle(Collection<Fleet> fleets, Predicate<PooledConnection> mayGo) {
        PooledConnection longest = null;
        for (Fleet fleet : fleets) {
            for (PooledConnection c : fleet.connections) {
                if (c.isIdle() && mayGo.test(c) && (longest == null || c.idleSince() - longest.idleSince() < 0)) {
                    longest = c;
                }
            }
        }
        if (longest != null) {
            closeIfIdle(longest, Reason.SURPLUS);
        }
        return longest != null;
    }

    private void closeIdle(Endpoint endpoint, Predicate<PooledConnection> which, Reason reason) {
        for (PooledConnection c : connections(endpoint)) {
            if (which.test(c)) {
                closeIfIdle(c, reason);
            }
        }
    }

    private void closeIfIdle(PooledConnection connection, Reason reason) {
        if (connection.closeIdle()) {
            end(connection, reason);
        }
    }

    /** Closes what has been idle, or has lived, for too long. The housekeeper calls it; nothing is taken from the store. */
    public void sweep() {
        dialer.sweep();
        open.keySet().forEach(dialer::keepFresh);
        long now = nanoTime.getAsLong();
        for (Fleet fleet : open.values()) {
            putAway(fleet.resting.take()); // where it leaves its buffers
            for (PooledConnection c : fleet.connections) {
                if (c.connection.transport().isOutdated()) {
                    retire(c, Reason.OUTDATED);
                }
                boolean tooOld = c.retireAt - now <= 0;
                boolean tooIdle = now - c.idleSince() >= settings.idleTimeout().toNanos();
                if (tooOld && c.isShared()) {
                    retire(c, Reason.LIFETIME); // somebody may be on it at any time
                }
                if (c.isIdle() && (tooOld || tooIdle) && !isNeeded(c, tooOld)) {
                    closeIfIdle(c, tooOld ? Reason.LIFETIME : Reason.IDLE);
                } else {
                    c.restIfIdle();
                }
            }
        }
        closeSurplus(any -> true); // shared ones become idle without anybody looking
    }

    /** Which connections exchanges of this codec go through. */
    public Kind kind(Route route, Codec<?, ?> codec) {
        return new Kind(route, shares(codec));
    }

    /** From now on the housekeeper leaves at least {@code n} connections of this kind, until others have taken their place. */
    public void keepAtLeast(Kind kind, int n) {
        if (n == 0) {
            minimums.remove(kind);
        } else {
            minimums.put(kind, n);
        }
    }

    /** Whether its kind would be left with less than its minimum; one that is too old is not counted any more. */
    private boolean isNeeded(PooledConnection connection, boolean tooOld) {
        Kind kind = Kind.of(connection);
        Integer n = minimums.get(kind);
        return n != null && up(kind, Duration.ZERO) - (tooOld ? 0 : 1) < n;
    }

    /** How many connections of this kind are open and have longer to live than that. */
    public int up(Kind kind, Duration atLeast) {
        long then = nanoTime.getAsLong() + atLeast.toNanos();
        int up = 0;
        for (PooledConnection c : connections(kind.route.endpoint())) {
            if (Kind.of(c).equals(kind) && c.retired == null && c.retireAt - then > 0) {
                up++;
            }
        }
        return up;
    }

    /** Idle connections to this endpoint close now, those in use once their exchange is over. */
    public void evict(Endpoint endpoint) {
        for (PooledConnection c : connections(endpoint)) {
            retire(c, Reason.EVICTED);
        }
    }

    /** Closes it now if it is idle, else after its exchange. */
    private void retire(PooledConnection connection, Reason reason) {
        connection.retired = reason;
        closeIfIdle(connection, reason);
        if (connection.isShared()) {
            connection.shared().drain();
        }
    }

    /**
     * A name was looked up: connections to addresses that it has lost are not used again; where it has gained some, as many are
     * given up as the new addresses would have if all had the same share. Those idle for longest go first.
     */
    public void follow(Answer answer) {
        if (answer.failure() != null) {
            return;
        }
        open.forEach((endpoint, fleet) -> {
            if (endpoint.host().equals(answer.host())) {
                fleet.gone = answer.gone();
                Map<InetAddress, List<PooledConnection>> byAddress = new HashMap<>();
                for (PooledConnection c : fleet.connections) {
                    if (!(c.connection.transport().peer() instanceof InetSocketAddress peer)) {
                        continue;
                    }
                    InetAddress address = peer.getAddress();
                    if (answer.gone().contains(address)) {
                        retire(c, Reason.MOVED);
                    } else if (answer.added() && c.retired == null) {
                        byAddress
                                .computeIfAbsent(address, a -> new ArrayList<>())
                                .add(c);
                    }
                }
                shareOut(byAddress, answer.addresses().size());
            }
        });
    }

    private void shareOut(Map<InetAddress, List<PooledConnection>> byAddress, int addresses) {
        int all = byAddress.values().stream().mapToInt(List::size).sum();
        int share = (all + addresses - 1) / addresses;
        long now = nanoTime.getAsLong();
        for (List<PooledConnection> those : byAddress.values()) {
            Map<PooledConnection, Long> idleFor = new HashMap<>(); // it changes meanwhile, so it is read once
            those.forEach(c -> idleFor.put(c, c.isIdle() ? now - c.idleSince() : -1));
            those.sort(Comparator.comparing(idleFor::get, Comparator.reverseOrder()));
            those.stream().limit(Math.max(0, those.size() - share)).forEach(c -> retire(c, Reason.MOVED));
        }
    }

    private Set<PooledConnection> connections(Endpoint endpoint) {
        Fleet fleet = open.get(endpoint);
        return fleet == null ? Collections.emptySet() : fleet.connections;
    }

    /** One line for each open connection: address, state, age, how often it was taken, bytes in and out; no byte of them. */
    public List<String> dump() {
        List<String> lines = new ArrayList<>();
        for (Fleet fleet : open.values()) {
            for (PooledConnection c : fleet.connections) {
                long now = nanoTime.getAsLong(); // each time, for it may have been opened meanwhile
                Transport transport = c.connection.transport();
                String state = c.isIdle() ? "idle for " + Progress.inWords(now - c.idleSince()) : c.inUse();
                lines.add(c.route + " " + transport.address() + " " + state + ", open for "
                        + Progress.inWords(now - c.openedAt) + ", taken " + c.uses() + " times, "
                        + transport.bytesIn() + " bytes in " + transport.bytesOut() + " out");
            }
        }
        return lines;
    }

    /** How it stands now. */
    public Counts counts() {
        long closedBefore = closedCount.sum(); // first, so that none is counted as closed that is not yet as opened
        long openedBefore = opened.sum();
        return new Counts((int) (openedBefore - closedBefore), idle.get(), openedBefore, closedBefore);
    }

    /** How many connections to one endpoint are open, idle ones among them. It walks through none of them: every failure asks. */
    public Counts counts(Endpoint endpoint) {
        Fleet fleet = open.get(endpoint);
        int all = fleet == null ? 0 : fleet.connections.size();
        int resting = fleet == null ? 0 : fleet.resting.count.get();
        return new Counts(all, resting, opened.sum(), closedCount.sum());
    }

    /** How many endpoints take memory: those with a connection, or a dial under way. */
    int endpoints() {
        return open.size();
    }

    /** How many routes take memory: those with a connection that was idle once, or is shared. */
    int routes() {
        return store.routes() + shares.routes();
    }

    /** From now on nothing is kept; idle connections are closed. Idempotent. */
    public void stopKeeping() {
        closing = true;
        for (Fleet fleet : open.values()) {
            fleet.connections.forEach(c -> {
                if (c.isShared()) {
                    retire(c, Reason.CLIENT_CLOSED);
                }
            });
        }
        open.keySet().forEach(endpoint -> closeIdle(endpoint, c -> true, Reason.CLIENT_CLOSED));
    }

    /** Waits until callers share no connection any more, after it was closed; at most until the deadline. */
    public void awaitEnd(Deadline deadline) throws InterruptedException {
        shares.awaitEnd(deadline);
    }

    /** Cuts every connection in use or being opened; their holders are told that the client was closed. Idempotent. */
    @Override
    public void close() {
        stopKeeping();
        dialer.close();
    }
}
