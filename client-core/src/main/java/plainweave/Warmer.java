package plainweave;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import plainweave.call.Deadline;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.pool.ConnectionPool;
import plainweave.pool.Held;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;

/**
 * Keeps a minimum of connections of some routes open. Each dial holds a permit only while it dials. A connection about to reach its
 * lifetime no longer counts, so its successor is up before it goes.
 */
final class Warmer {
    private final PrioritySemaphore semaphore;
    private final ConnectionPool pool;
    private final Failures failures;
    private final Duration dialTakes;
    private final Duration notice;
    private final ConcurrentHashMap<ConnectionPool.Kind, Minimum> minimums = new ConcurrentHashMap<>();

    /** What to keep up; busy while somebody is dialling for it. */
    private record Minimum(ConnectionPool.Kind kind, Codec<?, ?> codec, int connections, AtomicBoolean busy) {}

    /**
     * A warmer.
     *
     * @param dialTakes at most
     * @param notice how long before a connection's end its successor is dialled
     */
    Warmer(PrioritySemaphore semaphore, ConnectionPool pool, Failures failures, Duration dialTakes, Duration notice) {
        this.semaphore = semaphore;
        this.pool = pool;
        this.failures = failures;
        this.dialTakes = dialTakes;
        this.notice = notice;
    }

    /** Brings so many up before it returns, as far as there is room, and keeps them up; 0 ends that. */
    void warm(Route route, Codec<?, ?> codec, int connections, Priority priority, Deadline deadline) {
        ConnectionPool.Kind kind = pool.kind(route, codec);
        pool.keepAtLeast(kind, connections);
        if (connections == 0) {
            minimums.remove(kind);
            return;
        }
        Minimum minimum = new Minimum(kind, codec, connections, new AtomicBoolean(true));
        minimums.put(kind, minimum);
        Progress progress = new Progress(System.nanoTime());
        try {
            boolean room = true;
            while (room && pool.up(kind, notice) < connections) {
                room = dial(route, codec, priority, deadline, progress);
            }
        } catch (IOException | InterruptedException | TimeoutException | RuntimeException e) {
            throw failures.explain(e, route.endpoint(), priority, deadline, progress);
        } finally {
            minimum.busy.set(false);
        }
    }

    /** Replaces what is missing, each route on a virtual thread of its own: a slow peer must not hold up the housekeeper. */
    void keepUp() {
        for (Minimum minimum : minimums.values()) {
            boolean missing = pool.up(minimum.kind, notice) < minimum.connections;
            if (missing && minimum.busy.compareAndSet(false, true)) {
                Thread.ofVirtual().name("plainweave-warm").start(() -> refill(minimum));
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // one that was replaced meanwhile is no longer ours to keep
    private void refill(Minimum minimum) {
        try {
            boolean room = true;
            while (room
                    && minimums.get(minimum.kind) == minimum
                    && pool.up(minimum.kind, notice) < minimum.connections) {
                room = dial(
                        minimum.kind.route(),
                        minimum.codec,
                        Priority.BACKGROUND,
                        Deadline.after(dialTakes),
                        new Progress(System.nanoTime()));
            }
        } catch (IOException | InterruptedException | TimeoutException | RuntimeException e) {
            // The housekeeper tries again; callers meet the same failure and hear of it.
        } finally {
            minimum.busy.set(false);
        }
    }

    /** False if there is no room for it now. */
    private boolean dial(Route route, Codec<?, ?> codec, Priority priority, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        try (Permit permit = semaphore.acquire(route, priority, false, deadline)) {
            if (pool.shares(codec)) {
                return pool.shareOneMore(permit, route, codec, deadline, progress);
            }
            try (Held held = pool.reserve(permit, route, codec, notice, deadline, progress)) {
                if (held != null) {
                    held.keep();
                }
                return held != null;
            }
        }
    }
}
