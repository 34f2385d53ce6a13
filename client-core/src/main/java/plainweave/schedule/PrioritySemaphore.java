package plainweave.schedule;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
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
     */
    public record Settings(int permitsPerEndpoint, int permitsTotal, int queuePerEndpoint, int queueTotal) {
        /** How many permits of an endpoint may be held for a connection of one's own at once: half, at least one. */
        int mostExclusive() {
            return Math.max(1, permitsPerEndpoint / 2);
        }
    }

    /**
     * How the semaphore stands.
     *
     * @param out permits handed out
     * @param waiting callers in line
     * @param maxOut the most permits ever out at once
     * @param maxWaiting the most callers ever in line at once
     * @param endpoints endpoints with a permit out or a waiter
     */
    public record Counts(int out, int waiting, int maxOut, int maxWaiting, int endpoints) {}

    /**
     * How one endpoint stands.
     *
     * @param out permits handed out for it
     * @param waiting callers in line for it
     */
    public record EndpointCounts(int out, int waiting) {}

    private final Settings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition allBack = lock.newCondition();
    private final Line line;
    private final Watchdog.Timer timer;

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
        this.timer = watchdog.timer(() -> expire(System.nanoTime()));
    }

    /**
     * Waits for a permit, at most until the deadline.
     *
     * @param exclusive whether for a connection of the caller's own, as leases want; at most half of an endpoint's permits, at least
     *     one, are out that way at once
     * @throws InterruptedException if the caller is or gets interrupted; the flag is cleared
     * @throws TimeoutException if the deadline passed first; the message says how many were found in the queue
     * @throws RejectedExecutionException if the queue is full or the semaphore closed; the message says which
     */
    public Permit acquire(Route route, Priority priority, boolean exclusive, Deadline deadline)
            throws InterruptedException, TimeoutException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before the queue");
        }
        Waiter waiter;
        lock.lock();
        try {
            if (closed) {
                throw new RejectedExecutionException("the client is closed");
            }
            Desk desk = line.desk(route.endpoint());
            if (line.tryGrant(desk, exclusive)) {
                maxOut = Math.max(maxOut, line.out());
                return new Permit(this, desk, exclusive);
            }
            long claim = System.nanoTime() - priority.headStartNanos();
            waiter = new Waiter(route, priority, exclusive, desk, claim, deadline.nanoTime(), Thread.currentThread());
            Line.Answer answer = line.offer(waiter);
            if (answer == Line.Answer.ENDPOINT_QUEUE_FULL) {
                throw new RejectedExecutionException(
                        "the queue of this endpoint is full, queuePerEndpoint is " + settings.queuePerEndpoint());
            }
            if (answer == Line.Answer.TOTAL_QUEUE_FULL) {
                throw new RejectedExecutionException(
                        "the queue of the client is full, queueTotal is " + settings.queueTotal());
            }
            maxWaiting = Math.max(maxWaiting, line.waiting());
            setTimer(waiter);
        } finally {
            lock.unlock();
        }
        return await(waiter);
    }

    private Permit await(Waiter waiter) throws InterruptedException, TimeoutException {
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
                permit.close();
                throw new InterruptedException("interrupted in the queue");
            }
            return permit;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (outcome == Waiter.End.CLOSED) {
            throw new RejectedExecutionException("the client was closed while this call waited");
        }
        throw new TimeoutException("behind " + waiter.found + " others");
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
        Slot kept = permit.takeSlot();
        if (kept != null && desk.waiting() == 0) {
            kept = stored(kept); // nobody to hand it on to, as far as can be seen from outside the lock
        }
        Waiter heir;
        lock.lock();
        try {
            while (kept != null && !line.hasHeir(desk, permit.exclusive)) {
                lock.unlock();
                try {
                    kept = stored(kept); // whoever was seen waiting has left meanwhile
                } finally {
                    lock.lock();
                }
            }
            heir = line.release(desk, permit.exclusive);
            if (line.out() == 0) {
                allBack.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (heir == null) {
            return;
        }
        Permit next = new Permit(this, heir.desk, heir.exclusive);
        if (kept != null && fits(kept, heir.route)) {
            next.leave(kept);
        } else if (kept != null) {
            stored(kept);
        }
        tell(heir, next);
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
    private static @Nullable Slot stored(Slot kept) {
        try {
            kept.store();
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
            return new Counts(line.out(), line.waiting(), maxOut, maxWaiting, line.endpoints());
        } finally {
            lock.unlock();
        }
    }

    /** How one endpoint stands now. */
    public EndpointCounts counts(Endpoint endpoint) {
        lock.lock();
        try {
            @Nullable Desk desk = line.existingDesk(endpoint);
            return desk == null ? new EndpointCounts(0, 0) : new EndpointCounts(desk.out, desk.waiting());
        } finally {
            lock.unlock();
        }
    }

    /** One line for each endpoint that has a permit out or a waiter: its permits, and its queue by priority. */
    public List<String> dump() {
        lock.lock();
        try {
            return line.desks().stream()
                    .map(desk -> desk.endpoint + " permits " + desk.out + "/" + settings.permitsPerEndpoint() + " out ("
                            + desk.exclusiveOut + "/" + desk.mostExclusive + " as leases), queue " + desk.waiting()
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
