package plainweave.schedule;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Limit;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.observe.jfr.Events;
import plainweave.observe.jfr.QueueWaitEvent;
import plainweave.time.Watchdog;

/**
 * Hands out the permits: the only place where anybody queues. A thin parking shell around {@link Line}, which decides.
 *
 * <p>What must always hold: a permit granted is held by exactly one caller or on its way to one, and comes back exactly once. The
 * line lets a waiter go under the lock and the shell then tells it, outside the lock, by setting its outcome and unparking it;
 * from the moment it has left the line the outcome is certain to come, so a waiter that is interrupted meanwhile waits for it and
 * gives the permit back. Waiters park untimed; one timer holds the earliest of their deadlines.
 *
 * <p>Why one plain lock: the line's work under it takes tens of nanoseconds and never blocks, and total and per-endpoint bounds
 * have to be decided together. The connection in a permit's slot goes to the heir without touching the store; where it does not
 * fit, or nobody waits, it is stored outside the lock, and before anybody can get the permit that it came with.
 *
 * <p>A fast path without the lock (a compare-and-set on a counter of free permits) was tried and is not worth it: an uncontended
 * acquire and release costs less than a hundredth of the exchange it allows, and a counter apart from the line would have to be kept in
 * step with limits per endpoint, reserves and head starts, each of which then needs a proof of its own. Nor do several locks pay:
 * under contention the lock is held so briefly that callers are unparked more slowly than it passes on. {@code benchmarks}, parts
 * {@code Permits} and {@code HandOffs}, measure it beside java.util.concurrent.Semaphore, which orders nothing and has no deadlines: on two
 * cores and JDK 25, about 70 ns against 8 for an uncontended acquire and release, and for a hand-off, parking included, 0.4, 1.0 and 1.6 µs of
 * processor time with 1,000, 10,000 and 100,000 waiters, against 0.5, 0.8 and 1.1.
 */
public final class PrioritySemaphore implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PrioritySemaphore.class.getName());

    /**
     * The bounds.
     *
     * @param permitsPerEndpoint exchanges in flight to one endpoint, at least 1
     * @param permitsTotal exchanges in flight altogether, at least 1
     * @param queuePerEndpoint waiters for one endpoint, at least 0
     * @param queueTotal waiters altogether, at least 0
     * @param reserved how many of an endpoint's permits only this priority and those above it may have; at least one permit is always
     *     for everybody
     * @param refuseHopeless whether to refuse at once whose deadline will have passed before its turn, as fast as its line moves
     * @param limit makes the adaptive limit of an endpoint, given the permits there are; null for a fixed one
     */
    public record Settings(
            int permitsPerEndpoint,
            int permitsTotal,
            int queuePerEndpoint,
            int queueTotal,
            Map<Priority, Integer> reserved,
            boolean refuseHopeless,
            @Nullable IntFunction<Limit> limit) {
        /** Bounds, and nothing else. */
        public Settings(int permitsPerEndpoint, int permitsTotal, int queuePerEndpoint, int queueTotal) {
            this(permitsPerEndpoint, permitsTotal, queuePerEndpoint, queueTotal, Map.of(), false, null);
        }
    }

    /**
     * How the semaphore stands.
     *
     * @param out permits handed out
     * @param total permits there are
     * @param waiting callers in line
     * @param maxOut the most permits ever out at once
     * @param maxWaiting the most callers ever in line at once
     * @param endpoints endpoints with a permit out or a waiter
     */
    public record Counts(int out, int total, int waiting, int maxOut, int maxWaiting, int endpoints) {}

    /**
     * How one endpoint stands.
     *
     * @param out permits handed out for it
     * @param limit permits there are for it
     * @param waiting callers in line for it
     */
    public record EndpointCounts(int out, int limit, int waiting) {}

    private final Settings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition allBack = lock.newCondition();
    private final Line line;
    private final @Nullable Limits limits;
    private final Watchdog.Timer timer;
    private volatile int permitsPerEndpoint;

    // All under the lock.
    private boolean timerSet;
    private long timerDeadline;
    private boolean closed;
    private int maxOut;
    private int maxWaiting;

    /** A semaphore whose waits the watchdog ends. */
    public PrioritySemaphore(Settings settings, Watchdog watchdog) {
        this.settings = settings;
        this.line = new Line(settings);
        this.permitsPerEndpoint = settings.permitsPerEndpoint();
        this.limits = settings.limit() == null ? null : new Limits(settings.limit(), permitsPerEndpoint);
        this.timer = watchdog.timer(() -> expire(System.nanoTime()));
    }

    /**
     * Waits for a permit, at most until the deadline.
     *
     * @param exclusive whether for a connection of the caller's own, as leases want; at most half of an endpoint's permits, at least
     *     one, are out that way at once
     * @throws InterruptedException if the caller is or gets interrupted; the flag is cleared
     * @throws TimeoutException if the deadline passed first, or so little was left before it that an exchange would not have been over,
     *     and others waited; the message says how many were found in the queue
     * @throws RejectedExecutionException if the queue is full and nobody in it has a lower head start, or the caller has to make room in
     *     it for one with a higher, or its deadline cannot be met, or the semaphore is closed; the message says which
     */
    public Permit acquire(Route route, Priority priority, boolean exclusive, Deadline deadline)
            throws InterruptedException, TimeoutException {
        return acquire(route, priority, exclusive, deadline, System.nanoTime());
    }

    /**
     * The same for a caller who has just read the clock.
     *
     * @param arrived the present instant of {@link System#nanoTime()}
     */
    public Permit acquire(Route route, Priority priority, boolean exclusive, Deadline deadline, long arrived)
            throws InterruptedException, TimeoutException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before the queue");
        }
        if (limits != null) {
            limits.of(route.endpoint(), arrived); // made before the lock is taken, for it is a user's code
        }
        Waiter waiter;
        lock.lock();
        try {
            if (closed) {
                throw new Refused("the client is closed");
            }
            Desk desk = desk(route.endpoint());
            if (line.tryGrant(desk, priority, exclusive)) {
                maxOut = Math.max(maxOut, line.out());
                return new Permit(this, desk, exclusive, arrived);
            }
            long now = System.nanoTime();
            long claim = now - priority.headStartNanos();
            waiter = new Waiter(route, priority, exclusive, desk, claim, deadline.nanoTime(), Thread.currentThread());
            Line.Answer answer = line.offer(waiter, now);
            if (answer != Line.Answer.QUEUED) {
                throw new Refused(because(answer, waiter));
            }
            maxWaiting = Math.max(maxWaiting, line.waiting());
            setTimer(waiter);
        } finally {
            lock.unlock();
        }
        Waiter displaced = waiter.displaced;
        if (displaced != null) {
            waiter.displaced = null;
            displaced.displacedBy = waiter.priority;
            tell(
                    displaced,
                    displaced.desk == waiter.desk ? Waiter.End.SHED_FROM_ENDPOINT : Waiter.End.SHED_FROM_CLIENT);
        }
        return await(waiter);
    }

    private Desk desk(Endpoint endpoint) {
        Desk known = line.existingDesk(endpoint);
        return known != null ? known : line.desk(endpoint, limit(endpoint));
    }

    private int limit(Endpoint endpoint) {
        return limits == null ? permitsPerEndpoint : limits.known(endpoint);
    }

    private String because(Line.Answer answer, Waiter waiter) {
        return switch (answer) {
            case ENDPOINT_QUEUE_FULL -> endpointQueueFull();
            case TOTAL_QUEUE_FULL -> clientQueueFull();
            case HOPELESS ->
                "it would not be its turn before its deadline, " + waiter.found + " wait already for this endpoint";
            case QUEUED -> throw new IllegalStateException("not refused");
        };
    }

    private String endpointQueueFull() {
        return "the queue of this endpoint is full, queuePerEndpoint is " + settings.queuePerEndpoint();
    }

    private String clientQueueFull() {
        return "the queue of the client is full, queueTotal is " + settings.queueTotal();
    }

    private Permit await(Waiter waiter) throws InterruptedException, TimeoutException {
        QueueWaitEvent event = Events.queueWait();
        Throwable failure = null;
        try {
            return outcome(waiter);
        } catch (Throwable t) {
            failure = t;
            throw t;
        } finally {
            if (event != null) {
                event.done(waiter.route.endpoint(), waiter.priority, waiter.found, failure);
            }
        }
    }

    private Permit outcome(Waiter waiter) throws InterruptedException, TimeoutException {
        boolean interrupted = false;
        Object outcome = waiter.outcome;
        while (outcome == null) {
            LockSupport.park(this);
            if (waiter.outcome == null && Thread.interrupted()) {
                interrupted = true;
                if (leave(waiter)) {
                    throw new InterruptedException("interrupted in the queue");
                }
            }
            outcome = waiter.outcome; // last of all: waiting for the lock may have used up the unpark that came with it
        }
        if (outcome instanceof Permit permit) {
            if (interrupted) {
                permit.closeUnused();
                throw new InterruptedException("interrupted in the queue");
            }
            return permit;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (outcome == Waiter.End.CLOSED) {
            throw new Refused("the client was closed while this call waited");
        }
        if (outcome == Waiter.End.SHED_FROM_ENDPOINT || outcome == Waiter.End.SHED_FROM_CLIENT) {
            String full = outcome == Waiter.End.SHED_FROM_ENDPOINT ? endpointQueueFull() : clientQueueFull();
            throw new Refused("made room for a call of higher priority: " + full, waiter.displacedBy);
        }
        throw new TimeoutException("behind " + waiter.found + " others"
                + (outcome == Waiter.End.TOO_LATE ? ", and what is left is too little for an exchange" : ""));
    }

    private boolean leave(Waiter waiter) {
        lock.lock();
        try {
            return line.cancel(waiter);
        } finally {
            lock.unlock();
        }
    }

    void release(Permit permit) {
        Desk desk = permit.desk;
        boolean clean = permit.isClean();
        Slot kept = permit.takeSlot();
        if (kept != null && desk.waiting() == 0) {
            kept = stored(kept, desk.limit); // nobody to hand it on to, as far as can be seen from outside the lock
        }
        Waiter heir;
        List<Waiter> more;
        long now;
        lock.lock();
        try {
            while (kept != null && !line.hasHeir(desk, permit.exclusive)) {
                lock.unlock();
                try {
                    kept = stored(kept, desk.limit); // whoever was seen waiting has left meanwhile
                } finally {
                    lock.lock();
                }
            }
            boolean wanted = line.waiting() > 0; // else nobody needs to know the time
            now = wanted ? System.nanoTime() : 0;
            if (wanted && !permit.exclusive && !permit.isUnused()) {
                desk.exchanged(now - permit.grantedAt, clean);
            }
            line.release(desk, permit.exclusive);
            heir = line.next(now);
            more = heir == null ? List.of() : rest(now);
            if (line.out() == 0) {
                allBack.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (heir == null) {
            return;
        }
        Permit next = new Permit(this, heir.desk, heir.exclusive, now);
        if (kept != null && fits(kept, heir.route)) {
            next.leave(kept);
        } else if (kept != null) {
            stored(kept, desk.limit);
        }
        tell(heir, next);
        tell(more, now);
    }

    /** Whoever else can be given a permit, which is nobody unless limits have grown, and whoever was sent away instead. */
    private List<Waiter> rest(long now) {
        List<Waiter> rest = List.of();
        for (Waiter next = line.next(now); next != null; next = line.next(now)) {
            rest = rest.isEmpty() ? new ArrayList<>() : rest;
            rest.add(next);
        }
        maxOut = Math.max(maxOut, line.out());
        List<Waiter> sentAway = line.sentAway();
        if (rest.isEmpty()) {
            return sentAway;
        }
        rest.addAll(sentAway);
        return rest;
    }

    private void tell(List<Waiter> rest, long now) {
        for (Waiter waiter : rest) {
            Waiter.End end = waiter.end;
            tell(waiter, end != null ? end : new Permit(this, waiter.desk, waiter.exclusive, now));
        }
    }

    /**
     * How an exchange went that has given its permit back, for an adaptive limit.
     *
     * @param serviceNanos from its permit to its end
     * @param lost whether no reply came in time, or the connection was lost or not to be had
     * @return permits of the endpoint there are now
     */
    public int served(Endpoint endpoint, long serviceNanos, boolean lost) {
        if (limits == null) {
            return permitsPerEndpoint;
        }
        int out = counts(endpoint).out;
        limits.ended(endpoint, System.nanoTime(), serviceNanos, out + 1, lost);
        return apply(endpoint);
    }

    private int apply(Endpoint endpoint) {
        List<Waiter> heirs = List.of();
        long now = System.nanoTime();
        lock.lock();
        try {
            int limit = limit(endpoint);
            Desk desk = line.existingDesk(endpoint);
            if (desk != null && desk.limit != limit) {
                line.limit(desk, limit);
                heirs = rest(now);
            }
            return limit;
        } finally {
            lock.unlock();
            tell(heirs, now);
        }
    }

    /** Whether limits adapt, so that {@link #served} wants to be told. */
    public boolean adapts() {
        return limits != null;
    }

    /** From now on there are so many permits, at least 1 each. Those out beyond that stay out until they are given back. */
    public void resize(int perEndpoint, int total) {
        List<Waiter> heirs;
        long now = System.nanoTime();
        lock.lock();
        try {
            permitsPerEndpoint = perEndpoint;
            if (limits != null) {
                limits.most(perEndpoint);
            }
            line.limitTotal(total);
            for (Desk desk : line.desks()) {
                line.limit(desk, limit(desk.endpoint));
            }
            heirs = rest(now);
        } finally {
            lock.unlock();
        }
        tell(heirs, now);
    }

    /** Permits of an endpoint there are, where no adaptive limit is below that. */
    public int permitsPerEndpoint() {
        return permitsPerEndpoint;
    }

    /** Forgets the adaptive limits of endpoints nobody has called for long. The housekeeper calls it. */
    public void sweep() {
        if (limits != null) {
            limits.sweep(System.nanoTime());
        }
    }

    /** Compares sessions, which is a user's code: that it throws must not strand the heir, whom nobody else would wake. */
    private static boolean fits(Slot kept, Route route) {
        try {
            return kept.fits(route);
        } catch (Throwable t) {
            LOG.log(Level.ERROR, "sessions could not be compared; a connection is not handed on", t);
            return false;
        }
    }

    /** Empties the slot. That the store fails must not cost a permit or strand an heir. */
    private static @Nullable Slot stored(Slot kept, int limit) {
        try {
            kept.store(limit);
        } catch (Throwable t) {
            LOG.log(Level.ERROR, "a kept connection could not be stored", t);
        }
        return null;
    }

    /** Run by the watchdog, once the earliest deadline has passed. */
    void expire(long now) {
        List<Waiter> expired;
        lock.lock();
        try {
            timerSet = false;
            expired = line.expire(now);
            Waiter next = line.firstToExpire();
            if (next != null) {
                setTimer(next);
            }
        } finally {
            lock.unlock();
        }
        expired.forEach(waiter -> tell(waiter, Waiter.End.EXPIRED));
    }

    private void setTimer(Waiter waiter) {
        if (!timerSet || waiter.deadline - timerDeadline < 0) {
            timerSet = true;
            timerDeadline = waiter.deadline;
            timer.rearm(waiter.deadline);
        }
    }

    private static void tell(Waiter waiter, Object outcome) {
        waiter.outcome = outcome;
        LockSupport.unpark(waiter.thread);
    }

    /** How it stands now. */
    public Counts counts() {
        lock.lock();
        try {
            return new Counts(line.out(), line.total(), line.waiting(), maxOut, maxWaiting, line.endpoints());
        } finally {
            lock.unlock();
        }
    }

    /** How one endpoint stands now. */
    public EndpointCounts counts(Endpoint endpoint) {
        int limit = limit(endpoint);
        lock.lock();
        try {
            @Nullable Desk desk = line.existingDesk(endpoint);
            return desk == null
                    ? new EndpointCounts(0, limit, 0)
                    : new EndpointCounts(desk.out, desk.limit, desk.waiting());
        } finally {
            lock.unlock();
        }
    }

    /** How many wait at which priority, over all endpoints. Takes the longer the more endpoints there are. */
    public Map<Priority, Integer> waitingByPriority() {
        lock.lock();
        try {
            Map<Priority, Integer> counts = new HashMap<>();
            if (line.waiting() > 0) {
                line.desks().forEach(desk -> desk.addWaitingByPriority(counts));
            }
            return counts;
        } finally {
            lock.unlock();
        }
    }

    /** One line for each endpoint that has a permit out or a waiter: its permits, and its queue by priority. */
    public List<String> dump() {
        lock.lock();
        try {
            return line.desks().stream()
                    .map(desk -> desk.endpoint + " permits " + desk.out + "/" + desk.limit + " out ("
                            + desk.exclusiveOut + "/" + desk.mostExclusive() + " as leases), queue " + desk.waiting()
                            + "/"
                            + settings.queuePerEndpoint() + " " + desk.waitingByPriority())
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Lets nobody in any more and sends everybody in line away; permits out stay out. Idempotent. */
    @Override
    public void close() {
        List<Waiter> sentAway;
        lock.lock();
        try {
            closed = true;
            sentAway = line.clear();
        } finally {
            lock.unlock();
        }
        sentAway.forEach(waiter -> tell(waiter, Waiter.End.CLOSED));
        timer.close();
    }

    /**
     * Waits until every permit is back, at most until the deadline.
     *
     * @return whether they are
     * @throws InterruptedException if the caller is interrupted
     */
    public boolean awaitAllBack(Deadline deadline) throws InterruptedException {
        lock.lock();
        try {
            long left = deadline.nanoTime() - System.nanoTime();
            while (line.out() > 0 && left > 0) {
                left = allBack.awaitNanos(left);
            }
            return line.out() == 0;
        } finally {
            lock.unlock();
        }
    }
}
