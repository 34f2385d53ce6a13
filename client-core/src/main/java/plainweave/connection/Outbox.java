package plainweave.connection;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import plainweave.time.Deadlines;

/**
 * What callers leave on a shared connection until its writer takes it, and the deadlines of all who wait.
 *
 * <p>What must always hold: what was let in is taken by the writer, or is among the rest once this is closed; after that nothing is let
 * in. A writer that parks is woken by the first exchange that comes, and by the close. Whoever comes either finds the timer set to its
 * deadline or before, or sets it: the timer is unset before those who have come are gathered, and looked at only by one who can be found.
 *
 * <p>A caller leaves its exchange by one compare-and-set, for on a busy connection atomic operations are what most of the time goes to.
 * Whoever takes the lock gathers what was left, and only then gives each a place among the deadlines.
 */
final class Outbox {
    private static final Link CLOSED = new Link();

    private final ReentrantLock lock = new ReentrantLock();
    private final LongConsumer timer;

    /** The one that came last, linked to the one before it, and so on; nobody after it is let in if it is the end. */
    private final AtomicReference<@Nullable Link> newest = new AtomicReference<>();

    // Under the lock.
    private @Nullable Link gathered;
    private ArrayDeque<InFlight<?, ?>> unsent = new ArrayDeque<>();
    private final Deadlines<InFlight<?, ?>> deadlines = new Deadlines<>();
    private int answeredSeen;

    // Written under the lock.
    private volatile long timerDeadline;
    private volatile boolean timerSet;
    private volatile boolean closed;

    private volatile @Nullable Thread parked;
    private volatile boolean restWanted;

    /** Counted by the reader alone; whoever has the lock takes them off the deadlines. */
    private final AtomicInteger answered = new AtomicInteger();

    /**
     * Empty and open.
     *
     * @param timer told when to call {@link #expire}
     */
    Outbox(LongConsumer timer) {
        this.timer = timer;
    }

    /** Lets an exchange in; false once this is closed. */
    boolean add(InFlight<?, ?> exchange) {
        Link before;
        do {
            before = newest.get();
            if (before == CLOSED) {
                return false;
            }
            exchange.next(before);
        } while (!newest.compareAndSet(before, exchange));
        if (before == null) {
            wakeWriter();
        }
        if (isBeforeTheTimer(exchange.deadline())) {
            lock.lock();
            try {
                setTimer(exchange.deadline());
            } finally {
                lock.unlock();
            }
        }
        return true;
    }

    /** Those who have come are found in the order in which they came, and have their deadlines watched. */
    private void gather() {
        if (!closed && newest.get() != null) {
            reverse(newest.getAndSet(null));
        }
        watchGathered();
    }

    /** They are linked from the last to the first, and wanted the other way round. */
    private void reverse(@Nullable Link last) {
        Link link = last;
        while (link != null) {
            Link before = link.next();
            link.next(gathered);
            gathered = link;
            link = before;
        }
    }

    private void watchGathered() {
        while (gathered != null) { // one by one: if memory ends, none is lost
            InFlight<?, ?> first = (InFlight<?, ?>) gathered;
            deadlines.add(first);
            unsent.add(first);
            gathered = first.next();
            first.next(null);
        }
    }

    /**
     * By the writer: parks until somebody has come; false once this is closed.
     *
     * @param rest done in between, where {@link #rest} was asked for
     */
    boolean await(Runnable rest) {
        parked = Thread.currentThread();
        while (nobodyHasCome()) {
            LockSupport.park(this);
            if (restWanted) {
                restWanted = false;
                rest.run();
            }
        }
        parked = null;
        return !closed;
    }

    /** Gives up room that was for more than there are now, and has the writer do so. */
    void rest() {
        lock.lock();
        try {
            gather();
            if (unsent.isEmpty() && !closed) {
                unsent = new ArrayDeque<>();
                deadlines.forgetThoseOver();
                restWanted = true;
                wakeWriter();
            }
        } finally {
            lock.unlock();
        }
    }

    private void wakeWriter() {
        Thread writer = parked;
        if (writer != null) {
            LockSupport.unpark(writer);
        }
    }

    private boolean nobodyHasCome() {
        lock.lock();
        try {
            gather();
            return unsent.isEmpty() && !closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * By the writer: all who have come.
     *
     * @param empty for those who come from now on
     * @return nobody, once this is closed
     */
    ArrayDeque<InFlight<?, ?>> take(ArrayDeque<InFlight<?, ?>> empty) {
        lock.lock();
        try {
            gather();
            int seen = answered.get();
            deadlines.left(seen - answeredSeen);
            answeredSeen = seen;
            if (closed) {
                return empty;
            }
            ArrayDeque<InFlight<?, ?>> taken = unsent;
            unsent = empty;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Lets nobody in any more; false if that was so already. */
    boolean close() {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            closed = true;
            reverse(newest.getAndSet(CLOSED));
            watchGathered(); // until the connection's threads have stopped, which may take long
            return true;
        } finally {
            lock.unlock();
            wakeWriter();
        }
    }

    /** Who came and was not taken, once this is closed. */
    List<InFlight<?, ?>> leftBehind() {
        lock.lock();
        try {
            List<InFlight<?, ?>> left = new ArrayList<>(unsent);
            for (Link link = gathered; link != null; link = link.next()) {
                left.add((InFlight<?, ?>) link);
            }
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** A caller has its reply. Only by the reader. */
    void answered() {
        answered.lazySet(answered.get() + 1);
    }

    /** A caller has left by itself. */
    void left() {
        lock.lock();
        try {
            deadlines.left();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the waits whose deadline has passed. */
    void expire(long now) {
        lock.lock();
        try {
            timerSet = false;
            gather();
            InFlight<?, ?> first = deadlines.first();
            while (first != null && first.deadline() - now <= 0) {
                if (first.expire()) {
                    deadlines.left();
                }
                first = deadlines.first();
            }
            if (first != null) {
                setTimer(first.deadline());
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isBeforeTheTimer(long deadline) {
        return !timerSet || deadline - timerDeadline < 0;
    }

    private void setTimer(long deadline) {
        if (isBeforeTheTimer(deadline)) {
            timerDeadline = deadline;
            timer.accept(deadline);
            timerSet = true; // last, for others trust it
        }
    }
}
