package plainweave.schedule;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Limit;

/**
 * The adaptive limits of all endpoints. A {@link Limit} is a user's code: it is called by one thread at a time and under no lock, what it
 * throws is logged once and leaves the limit as it is, and what it says is kept inside 1 to the permits there are. Safe from any thread.
 */
final class Limits {
    private static final Logger LOG = System.getLogger(Limits.class.getName());

    /** Endpoints beyond that have the fixed limit. */
    private static final int MAX_ENDPOINTS = 10_000;

    /** What one is still busy with is not worth more memory: later endings tell the same. */
    private static final int MAX_PENDING = 1_024;

    /** An endpoint nobody has called for so long starts anew. */
    private static final long FORGOTTEN_AFTER_NANOS = 600_000_000_000L;

    private final IntFunction<Limit> maker;
    private final ConcurrentHashMap<Endpoint, Adaptive> byEndpoint = new ConcurrentHashMap<>();
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile int most;

    Limits(IntFunction<Limit> maker, int most) {
        this.maker = maker;
        this.most = most;
    }

    private record Ending(long at, long serviceNanos, int inFlight, boolean lost) {}

    /** One endpoint's. */
    private final class Adaptive {
        private final Limit limit;
        private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
        private final AtomicInteger pending = new AtomicInteger();
        volatile int permits;
        volatile long usedAt;

        Adaptive(Limit limit, long now) {
            this.limit = limit;
            this.usedAt = now;
            this.permits = said();
        }

        void ended(Ending ending) {
            usedAt = ending.at;
            if (pending.get() >= MAX_PENDING) {
                return;
            }
            endings.add(ending);
            if (pending.getAndIncrement() > 0) {
                return; // whoever is at it goes on with this one
            }
            do {
                Ending next = endings.poll();
                if (next != null) {
                    tell(next);
                }
            } while (pending.decrementAndGet() > 0);
        }

        private void tell(Ending ending) {
            try {
                limit.ended(ending.at, ending.serviceNanos, ending.inFlight, ending.lost);
                permits = said();
            } catch (Throwable t) {
                logOnce("a Limit failed and is left as it was", t);
            }
        }

        private int said() {
            int permits = limit.permits();
            if (permits < 1) {
                logOnce("a Limit wants " + permits + " permits, which is taken for 1", null);
            }
            return Math.max(1, Math.min(most, permits));
        }
    }

    /** An exchange is over. */
    void ended(Endpoint endpoint, long now, long serviceNanos, int inFlight, boolean lost) {
        Adaptive adaptive = byEndpoint.get(endpoint);
        if (adaptive != null) {
            adaptive.ended(new Ending(now, serviceNanos, inFlight, lost));
        }
    }

    /** The limit now, as a new one begins if there was none; runs a user's code. */
    int of(Endpoint endpoint, long now) {
        Adaptive known = byEndpoint.get(endpoint);
        return known != null ? permits(known) : permits(made(endpoint, now));
    }

    /** The limit now. */
    int known(Endpoint endpoint) {
        return permits(byEndpoint.get(endpoint));
    }

    private int permits(@Nullable Adaptive adaptive) {
        return adaptive == null ? most : Math.min(most, adaptive.permits);
    }

    private @Nullable Adaptive made(Endpoint endpoint, long now) {
        if (byEndpoint.size() >= MAX_ENDPOINTS) {
            return null;
        }
        try {
            Adaptive mine = new Adaptive(maker.apply(most), now);
            Adaptive first = byEndpoint.putIfAbsent(endpoint, mine);
            return first == null ? mine : first;
        } catch (Throwable t) {
            logOnce("no Limit could be made for " + endpoint + ", which has the fixed one", t);
            return null;
        }
    }

    private void logOnce(String what, @Nullable Throwable why) {
        if (told.compareAndSet(false, true)) {
            LOG.log(Level.WARNING, what + "; the like is not logged again", why);
        }
    }

    /** There are more permits now, or fewer; limits are kept inside. */
    void most(int permits) {
        most = permits;
    }

    /** Forgets endpoints nobody has called for long. */
    void sweep(long now) {
        byEndpoint.values().removeIf(adaptive -> now - adaptive.usedAt > FORGOTTEN_AFTER_NANOS);
    }
}
