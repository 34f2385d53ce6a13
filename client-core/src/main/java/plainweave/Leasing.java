package plainweave;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.connection.SerialConnection;
import plainweave.net.CutException;
import plainweave.net.Transport;
import plainweave.pool.Held;
import plainweave.schedule.Permit;

/**
 * What stands behind a lease, or behind the replies of a stream: connection, permit and the bookkeeping. It knows its owner's {@link
 * Lease} or {@link Replies} only by a phantom reference, so one that was lost is collected, and what it held can be given back.
 */
final class Leasing {
    private final Leases leases;
    private final Permit permit;
    private final Progress progress;
    private final AtomicReference<State> state = new AtomicReference<>(State.AT_REST);
    private volatile Held held;
    private volatile boolean keep;
    private volatile boolean cutShort;
    private volatile boolean upgraded;
    private volatile boolean clean = true;
    private volatile @Nullable CallException failure;
    private long outBefore;
    private long inBefore;
    private volatile Runnable atEnd = () -> {};

    final Route route;
    final Priority priority;
    final Kind kind;
    final @Nullable Deadline total;
    final Thread holder = Thread.currentThread();
    final long takenAt;
    final Throwable takenBy = new Throwable("it was taken here");
    final AtomicBoolean leakReported = new AtomicBoolean();
    final Collected collected;

    /** What its owner holds, in a word. */
    enum Kind {
        LEASE,
        STREAM;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private enum State {
        AT_REST,
        IN_A_STEP,
        DIALLING,
        CLOSED
    }

    /** Enqueued when the lease is unreachable. */
    static final class Collected extends PhantomReference<Object> {
        final Leasing leasing;

        private Collected(Object owned, ReferenceQueue<Object> queue, Leasing leasing) {
            super(owned, queue);
            this.leasing = leasing;
        }
    }

    /**
     * Out from now on.
     *
     * @param owned what its owner holds
     */
    Leasing(
            Leases leases,
            Kind kind,
            Route route,
            Priority priority,
            Permit permit,
            Held held,
            Progress progress,
            @Nullable Deadline total,
            Object owned,
            ReferenceQueue<Object> queue) {
        this.leases = leases;
        this.kind = kind;
        this.route = route;
        this.priority = priority;
        this.permit = permit;
        this.held = held;
        this.progress = progress;
        this.total = total;
        this.takenAt = leases.now();
        this.collected = new Collected(owned, queue, this);
        countFromHere();
    }

    private void countFromHere() {
        outBefore = transport().bytesOut();
        inBefore = transport().bytesIn();
    }

    private void count() {
        noteSent();
        progress.moved(transport().bytesOut() - outBefore, transport().bytesIn() - inBefore);
    }

    private void noteSent() {
        if (transport().uploaded()) {
            progress.markSent();
        }
    }

    void keep() {
        keep = true;
    }

    /** From now on whoever closes it cuts the connection: it is in the middle of something, which a goodbye would have to wait for. */
    void midway(boolean is) {
        cutShort = is;
    }

    boolean kept() {
        return keep;
    }

    boolean isClosed() {
        return state.get() == State.CLOSED;
    }

    boolean reused() {
        return held.reused();
    }

    /** Run when it ends, however it does. */
    void atEnd(Runnable last) {
        atEnd = last;
    }

    SerialConnection connection() {
        return held.connection();
    }

    Transport transport() {
        return held.connection().transport();
    }

    Duration silence() {
        return leases.silence();
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
        if (before == State.IN_A_STEP || before == State.AT_REST && cutShort) {
            transport().cut(CutException.Reason.LEASE_CLOSED); // tells the thread that reads or writes why
        }
        if (before != State.DIALLING) { // or the thread that dials does the rest
            giveBack(before == State.AT_REST);
        }
        return true;
    }

    private void giveBack(boolean atRest) {
        try (permit;
                Held last = held) {
            count(); // first: whoever is given the connection next goes on counting
            // While another thread is in a read, asking the channel anything would wait for that read.
            if (keep && atRest && clean && !upgraded && transport().isQuiet()) {
                transport().endStream();
                last.keep();
            }
        } finally {
            atEnd.run();
            leases.ended(this, progress, failure);
        }
    }

    interface Step<T> {
        T run() throws IOException, InterruptedException, TimeoutException;
    }

    /** One read or write, bounded by silence, and by the total if there is one. */
    <T> T io(Phase phase, Step<T> step) {
        return io(phase, null, step);
    }

    /** The same, bounded by this limit instead of by silence. */
    <T> T io(Phase phase, @Nullable Deadline within, Step<T> step) {
        if (!state.compareAndSet(State.AT_REST, State.IN_A_STEP)) {
            throw new IllegalStateException(
                    state.get() == State.CLOSED
                            ? "the " + kind + " of " + route.endpoint() + " is closed"
                            : "another thread is reading or writing on the " + kind + " of " + route.endpoint());
        }
        clean = false;
        long start = System.nanoTime();
        Deadline limit = bounded(within == null ? Deadline.after(leases.silence()) : within);
        progress.resume(phase, start);
        try {
            transport().arm(limit);
            T n = step.run();
            noteSent();
            clean = transport().disarm(limit); // if it was cut at the last moment, the next step says so
            progress.finish(System.nanoTime());
            return n;
        } catch (IOException | InterruptedException | TimeoutException e) {
            boolean bySilence = (within == null || transport().heldOff()) && (total == null || !total.expired());
            transport().disarm(limit);
            if (kind == Kind.STREAM && !transport().uploaded()) {
                transport().hangUp(); // what is told to be unsent must not be sent any more
            }
            noteSent();
            CallException told = leases.explain(this, e, limit, bySilence, progress);
            failure = told;
            throw told;
        } catch (RuntimeException | Error e) {
            boolean inTime = transport().disarm(limit);
            clean = inTime && phase == Phase.TLS && e instanceof RuntimeException; // refused before anything was sent
            throw e;
        } finally {
            state.compareAndSet(State.IN_A_STEP, State.AT_REST);
        }
    }

    private Deadline bounded(Deadline limit) {
        return total == null ? limit : limit.earlier(total);
    }

    /** In a step: the connection was dead, and a new one takes its place. */
    void dialAnother(Codec<?, ?> codec, Deadline within) throws IOException, InterruptedException, TimeoutException {
        if (!state.compareAndSet(State.IN_A_STEP, State.DIALLING)) {
            throw new CutException(CutException.Reason.LEASE_CLOSED, null);
        }
        try {
            Deadline limit = bounded(within);
            count();
            leases.drop(held);
            held = leases.dial(permit, route, codec, limit, progress);
            countFromHere();
            progress.attempt(false);
            progress.enter(Phase.READ, System.nanoTime());
            transport().arm(limit);
        } finally {
            if (!state.compareAndSet(State.DIALLING, State.IN_A_STEP)) {
                transport().cut(CutException.Reason.LEASE_CLOSED);
                giveBack(false);
            }
        }
    }

    /** In a step that fails: it began by then, and never got as far as reading. */
    void neverRead(long since) {
        progress.resume(Phase.WRITE, since);
    }

    void startTls() {
        io(Phase.TLS, () -> {
            transport().secure(route.endpoint());
            upgraded = true;
            return 0;
        });
    }

    int write(byte[] from, int offset, int length) {
        return io(Phase.WRITE, () -> {
            Transport transport = transport();
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
        return io(Phase.READ, () -> transport().input().read(into, offset, length));
    }
}
