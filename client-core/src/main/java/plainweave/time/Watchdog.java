package plainweave.time;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;

/**
 * Ends every wait of a client. One platform thread holds the deadlines of all transports, waiters and lookups, so that everybody
 * else can park untimed: a timed park of a virtual thread costs a timer's schedule and cancel at every exchange, and SO_TIMEOUT
 * covers neither writes nor a peer that drips.
 *
 * <p>What must always hold:
 * <ul>
 *   <li>An armed timer runs once its deadline has passed, unless it was disarmed before; never for another deadline than the one
 *       it was armed with, because the armed value <em>is</em> the deadline and every change is a compare-and-set.
 *   <li>{@link #planned} is never later than the earliest armed deadline, or the thread is between two parks. Whoever arms an
 *       earlier one lowers it and wakes the thread; the thread raises it only before it looks through all timers, so an arm
 *       either is seen by that look or sees the raised value.
 * </ul>
 *
 * Deadlines of one length come in order, so arming costs one compare-and-set and one read: the thread wakes about once per
 * length, not once per exchange, and with nothing armed it parks untimed. It looks at most once a millisecond.
 */
public final class Watchdog implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Watchdog.class.getName());

    /** A look at 10,000 timers takes some tens of microseconds; once a millisecond bounds that to a few percent of a core. */
    private static final long LOOK_INTERVAL_NANOS = 1_000_000;

    private static final long FAR = Long.MAX_VALUE / 2;

    private final Set<Timer> timers = ConcurrentHashMap.newKeySet();
    private final AtomicLong planned = new AtomicLong(System.nanoTime() + FAR);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final String name;
    private volatile Thread thread;
    private volatile boolean closed;

    /**
     * Starts the thread, a daemon.
     *
     * @param name of the thread
     */
    public Watchdog(String name) {
        this.name = name;
        this.thread = newThread();
        thread.start();
    }

    private Thread newThread() {
        return Thread.ofPlatform().daemon().name(name).unstarted(this::watch);
    }

    /**
     * A new timer, disarmed.
     *
     * @param onExpiry run by the watchdog's thread when an armed deadline has passed; must not block
     */
    public Timer timer(Runnable onExpiry) {
        return timer(onExpiry, LongUnaryOperator.identity());
    }

    /**
     * The same where a deadline that has passed may turn out to hold off.
     *
     * @param due when the armed deadline really passes, not before it; asked by the watchdog's thread, once that may be the case
     */
    public Timer timer(Runnable onExpiry, LongUnaryOperator due) {
        Timer timer = new Timer(this, onExpiry, due);
        timers.add(timer);
        if (ended.compareAndSet(true, false)) { // a call outlived its client: its waits have to end as well
            thread = newThread();
            thread.start();
        }
        return timer;
    }

    private void watch() {
        do {
            while (!closed || !timers.isEmpty()) {
                long now = System.nanoTime();
                planned.set(now + FAR);
                long earliest = look(now);
                planned.accumulateAndGet(earliest, Watchdog::earlier);
                parkUntilPlanned(now + LOOK_INTERVAL_NANOS);
            }
            ended.set(true);
        } while (!timers.isEmpty() && ended.compareAndSet(true, false));
    }

    private void parkUntilPlanned(long notBefore) {
        while (!closed || !timers.isEmpty()) {
            long plan = planned.get();
            long left = (plan - notBefore > 0 ? plan : notBefore) - System.nanoTime();
            if (left <= 0) {
                return;
            }
            if (left > FAR / 2) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, left);
            }
        }
    }

    private static long earlier(long a, long b) {
        return a - b <= 0 ? a : b;
    }

    /** Runs what has expired; the earliest deadline still armed. */
    private long look(long now) {
        long earliest = now + FAR;
        for (Timer timer : timers) {
            long deadline = timer.get();
            if (deadline == Timer.IDLE || deadline == Timer.FIRED) {
                continue;
            }
            long due = deadline - now > 0 ? deadline : timer.due.applyAsLong(deadline);
            if (due - now > 0) {
                earliest = earlier(earliest, due);
            } else if (timer.compareAndSet(deadline, Timer.FIRED)) {
                run(timer);
            }
        }
        return earliest;
    }

    private static void run(Timer timer) {
        try {
            timer.onExpiry.run();
        } catch (Throwable t) {
            LOG.log(Level.ERROR, "a timer failed; the watchdog goes on", t);
        }
    }

    private void wakeBefore(long deadline) {
        long plan = planned.get();
        while (plan - deadline > 0) {
            if (planned.compareAndSet(plan, deadline)) {
                LockSupport.unpark(thread);
                return;
            }
            plan = planned.get();
        }
    }

    /** How many timers are registered: at rest, one per open transport, two more where callers share it, and one for the queue. */
    public int timers() {
        return timers.size();
    }

    /** Ends the thread once the last timer is closed, so that no wait is left without an end. Idempotent; does not wait. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    /** One wait to be ended at its deadline. Safe from any thread. Closing it forgets it. */
    public static final class Timer extends AtomicLong implements AutoCloseable {
        private static final long serialVersionUID = 1L;

        // nanoTime may take these two values as well; a deadline that does is moved by two nanoseconds.
        private static final long IDLE = 0;
        private static final long FIRED = 1;

        private final transient Watchdog watchdog;
        private final transient Runnable onExpiry;
        private final transient LongUnaryOperator due;

        private Timer(Watchdog watchdog, Runnable onExpiry, LongUnaryOperator due) {
            super(IDLE);
            this.watchdog = watchdog;
            this.onExpiry = onExpiry;
            this.due = due;
        }

        /**
         * Arms an idle timer.
         *
         * @param nanoTime the deadline
         * @return false if it has fired, or is armed already
         */
        public boolean arm(long nanoTime) {
            if (!compareAndSet(IDLE, deadline(nanoTime))) {
                return false;
            }
            watchdog.wakeBefore(nanoTime);
            return true;
        }

        /**
         * Disarms.
         *
         * @param nanoTime the deadline it was armed with
         * @return false if it has fired instead
         */
        public boolean disarm(long nanoTime) {
            return compareAndSet(deadline(nanoTime), IDLE);
        }

        /** Arms whatever the state, a fired one too: for timers whose action may run once too often. */
        public void rearm(long nanoTime) {
            set(deadline(nanoTime));
            watchdog.wakeBefore(nanoTime);
        }

        /** Whether the deadline passed while it was armed. */
        public boolean fired() {
            return get() == FIRED;
        }

        @Override
        public void close() {
            watchdog.timers.remove(this);
            if (watchdog.closed) {
                LockSupport.unpark(watchdog.thread);
            }
        }

        private static long deadline(long nanoTime) {
            return nanoTime == IDLE || nanoTime == FIRED ? nanoTime + 2 : nanoTime;
        }
    }
}
