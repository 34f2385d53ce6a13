package plainweave.net;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/**
 * Endpoints no address of which could be reached. While an endpoint's pause lasts, dials to it fail at once with the remembered
 * cause; when it is over, one dial goes out to see, and everybody else goes on failing at once until that one is back. So a dead
 * server costs few connects however many callers want it, and one that has come back is found within the longest pause.
 *
 * <p>Safe from any thread.
 */
final class Outages {
    private static final long FIRST_PAUSE_NANOS = 10_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    /** Part of a pause that is left to chance, so that many clients do not come back together. */
    private static final double JITTER = 0.2;

    /** An outage nobody asked about for so long is forgotten: the peer may have been back for a while, for all that is known. */
    private static final long FORGOTTEN_AFTER_NANOS = LONGEST_PAUSE_NANOS;

    private final ConcurrentHashMap<Endpoint, Outage> known = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;

    private record Outage(
            DialException cause,
            long pause,
            long until,
            @Nullable Thread prober) {
        boolean isMine() {
            return Thread.currentThread().equals(prober);
        }
    }

    Outages(LongSupplier nanoTime, DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /**
     * Whether to dial.
     *
     * @return null to go on, or the remembered cause; who goes on tells {@link #over}, {@link #failed} or {@link #inconclusive}
     */
    @Nullable
    DialException check(Endpoint endpoint) {
        Outage outage = known.get(endpoint);
        if (outage == null) {
            return null;
        }
        long now = nanoTime.getAsLong();
        if (outage.prober == null && now - outage.until > FORGOTTEN_AFTER_NANOS) {
            known.remove(endpoint, outage);
            return null;
        }
        if (outage.prober == null && outage.until - now <= 0) {
            Outage probing = new Outage(outage.cause, outage.pause, outage.until, Thread.currentThread());
            if (known.replace(endpoint, outage, probing)) {
                return null;
            }
        }
        return outage.cause;
    }

    /** It was reached. */
    void over(Endpoint endpoint) {
        if (!known.isEmpty()) {
            known.remove(endpoint);
        }
    }

    /** No address could be reached, and that was the peer's doing. */
    void failed(Endpoint endpoint, DialException cause) {
        known.compute(endpoint, (e, before) -> {
            if (before != null && !before.isMine()) {
                return before; // dialled before the outage was known
            }
            long pause = before == null ? FIRST_PAUSE_NANOS : Math.min(2 * before.pause, LONGEST_PAUSE_NANOS);
            long jittered = (long) (pause * (1 - JITTER * random.getAsDouble()));
            return new Outage(cause, pause, nanoTime.getAsLong() + jittered, null);
        });
    }

    /** The dial was given up for a reason that says nothing about the peer. */
    void inconclusive(Endpoint endpoint) {
        known.computeIfPresent(
                endpoint,
                (e, before) -> before.isMine() ? new Outage(before.cause, before.pause, before.until, null) : before);
    }

    /** Forgets outages nobody has asked about for long. */
    void sweep() {
        long now = nanoTime.getAsLong();
        known.values().removeIf(outage -> outage.prober == null && now - outage.until > FORGOTTEN_AFTER_NANOS);
    }
}
