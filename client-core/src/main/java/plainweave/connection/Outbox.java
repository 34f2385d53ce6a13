package plainweave.connection;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import plainweave.time.Deadlines;

/**
 * What callers leave on a shared connection until its writer takes it; and, because the lock is held anyway, the deadlines of all who wait.
 *
 * <p>What must always hold: what was let in is taken by the writer, or is among the rest once this is closed; after that nothing is let
 * in. A writer that parks is woken by the first exchange that comes, and by the close.
 */
final class Outbox {
    private final ReentrantLock lock = new ReentrantLock();
    private final LongConsumer timer;

    // Under the lock.
    private ArrayDeque<InFlight<?, ?>> unsent = new ArrayDeque<>();
    private final Deadlines<InFlight<?, ?>> deadlines = new Deadlines<>();
    private boolean timerSet;
    private long timerDeadline;
    private @Nullable Thread parked;
    private int answeredSeen;

    private volatile boolean closed;
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
        Thread wake;
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            deadlines.add(exchange);
            unsent.add(exchange); // last: if memory ends before that, it was not let in
            setTimer(exchange.deadline());
            wake = takeParked();
        } finally {
            lock.unlock();
        }
        wake(wake);
        return true;
    }

    /**
     * By the writer: parks until somebody has come; false once this is closed.
     *
     * @param rest done in between, where {@link #rest} was asked for
     */
    boolean await(Runnable rest) {
        while (nobodyHasCome()) {
            LockSupport.park(this);
            if (restWanted) {
                restWanted = false;
                rest.run();
            }
        }
        return !closed;
    }

    /** Gives up room that was for more than there are now, and has the writer do so. */
    void rest() {
        Thread wake = null;
        lock.lock();
        try {
            if (unsent.isEmpty() && !closed) {
                unsent = new ArrayDeque<>();
                deadlines.forgetThoseOver();
                restWanted = true;
                wake = takeParked();
            }
        } finally {
            lock.unlock();
        }
        wake(wake);
    }

    private @Nullable Thread takeParked() {
        Thread writer = parked;
        parked = null;
        return writer;
    }

    private static void wake(@Nullable Thread writer) {
        if (writer != null) {
            LockSupport.unpark(writer);
        }
    }

    private boolean nobodyHasCome() {
        lock.lock();
        try {
            boolean nobody = unsent.isEmpty() && !closed;
            parked = nobody ? Thread.currentThread() : null;
            return nobody;
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
        Thread wake;
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            closed = true;
            wake = takeParked();
        } finally {
            lock.unlock();
        }
        wake(wake);
        return true;
    }

    /** Who came and was not taken, once this is closed. */
    List<InFlight<?, ?>> leftBehind() {
        lock.lock();
        try {
            return List.copyOf(unsent);
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

    private void setTimer(long deadline) {
        if (!timerSet || deadline - timerDeadline < 0) {
            timerSet = true;
            timerDeadline = deadline;
            timer.accept(deadline);
        }
    }
}
