package plainweave;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.net.CutException;
import plainweave.net.Transport;
import plainweave.pool.Held;
import plainweave.schedule.Permit;

/**
 * What stands behind a lease: connection, permit and the bookkeeping. It knows its {@link Lease} only by a phantom reference, so a
 * lease that its owner lost is collected, and what it held can be given back.
 */
final class Leasing {
    private final Leases leases;
    private final Permit permit;
    private final Held held;
    private final Progress progress;
    private final AtomicReference<State> state = new AtomicReference<>(State.AT_REST);
    private volatile boolean keep;
    private volatile boolean upgraded;
    private volatile boolean clean = true;
    private volatile @Nullable CallException failure;

    final Route route;
    final Priority priority;
    final Transport transport;
    final @Nullable Deadline total;
    final Thread holder = Thread.currentThread();
    final long takenAt;
    final Throwable takenBy = new Throwable("the lease was taken here");
    final AtomicBoolean leakReported = new AtomicBoolean();
    final Collected collected;

    private enum State {
        AT_REST,
        IN_A_STEP,
        CLOSED
    }

    /** Enqueued when the lease is unreachable. */
    static final class Collected extends PhantomReference<Lease> {
        final Leasing leasing;

        private Collected(Lease lease, ReferenceQueue<Lease> queue, Leasing leasing) {
            super(lease, queue);
            this.leasing = leasing;
        }
    }

    Leasing(
            Leases leases,
            Route route,
            Priority priority,
            Permit permit,
            Held held,
            Progress progress,
            @Nullable Deadline total,
            Lease lease,
            ReferenceQueue<Lease> queue) {
        this.leases = leases;
        this.route = route;
        this.priority = priority;
        this.permit = permit;
        this.held = held;
        this.transport = held.connection().transport();
        this.progress = progress;
        this.total = total;
        this.takenAt = leases.now();
        this.collected = new Collected(lease, queue, this);
    }

    void keep() {
        keep = true;
    }

    boolean kept() {
        return keep;
    }

    boolean reused() {
        return held.reused();
    }

    Duration age() {
        return Duration.ofNanos(leases.now() - takenAt);
    }

    /** Gives both back, once; true for whom it did. */
    boolean close() {
        State before = state.getAndSet(State.CLOSED);
        if (before == State.CLOSED) {
            return false;
        }
        if (before == State.IN_A_STEP) {
            transport.cut(CutException.Reason.LEASE_CLOSED); // tells the thread that reads or writes why
        }
        try (permit;
                held) {
            // While another thread is in a read, asking the channel anything would wait for that read.
            if (keep && before == State.AT_REST && clean && !upgraded && transport.isQuiet()) {
                held.keep();
            }
        } finally {
            leases.ended(this, progress, failure);
        }
        return true;
    }

    interface Step {
        int run() throws IOException;
    }

    /** One read or write, bounded by silence, and by the total if there is one. */
    int io(Phase phase, Step step) {
        if (!state.compareAndSet(State.AT_REST, State.IN_A_STEP)) {
            throw new IllegalStateException(
                    state.get() == State.CLOSED
                            ? "the lease of " + route.endpoint() + " is closed"
                            : "another thread is reading or writing on the lease of " + route.endpoint());
        }
        clean = false;
        long start = System.nanoTime();
        Deadline limit = Deadline.at(start + leases.silence().toNanos());
        if (total != null) {
            limit = limit.earlier(total);
        }
        progress.resume(phase, start);
        try {
            transport.arm(limit);
            int n = step.run();
            clean = transport.disarm(limit); // if it was cut at the last moment, the next step says so
            progress.finish(System.nanoTime());
            return n;
        } catch (IOException e) {
            transport.disarm(limit);
            CallException told = leases.explain(this, e, limit, progress);
            failure = told;
            throw told;
        } catch (RuntimeException | Error e) {
            boolean inTime = transport.disarm(limit);
            clean = inTime && phase == Phase.TLS && e instanceof RuntimeException; // refused before anything was sent
            throw e;
        } finally {
            state.compareAndSet(State.IN_A_STEP, State.AT_REST);
        }
    }

    void startTls() {
        io(Phase.TLS, () -> {
            transport.secure(route.endpoint());
            upgraded = true;
            return 0;
        });
    }

    int write(byte[] from, int offset, int length) {
        return io(Phase.WRITE, () -> {
            long before = transport.bytesOut();
            try {
                transport.output().write(from, offset, length);
            } finally {
                if (transport.bytesOut() > before) {
                    progress.markSent();
                }
            }
            return length;
        });
    }

    int read(byte[] into, int offset, int length) {
        return io(Phase.READ, () -> transport.input().read(into, offset, length));
    }
}
