package plainweave;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.net.Transport;
import plainweave.pool.Held;
import plainweave.schedule.Permit;

/**
 * A connection that is yours until you close the lease. Close it in a try-with-resources statement; without {@link #keep} the
 * connection is closed with it, which is always safe.
 *
 * <p>For one thread at a time, except that any thread may close it: that ends a read or write in progress.
 */
public final class Lease implements AutoCloseable {
    private final Terms terms;
    private final Route route;
    private final Priority priority;
    private final Permit permit;
    private final Held held;
    private final Transport transport;
    private final Progress progress;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long takenAt = System.nanoTime();
    private final Throwable takenBy = new Throwable("the lease was taken here");
    private volatile boolean keep;
    private volatile boolean busy;
    private volatile boolean leakReported;
    private volatile @Nullable CallException failure;

    private Lease(Terms terms, Route route, Priority priority, Permit permit, Held held, Progress progress) {
        this.terms = terms;
        this.route = route;
        this.priority = priority;
        this.permit = permit;
        this.held = held;
        this.transport = held.connection().transport();
        this.progress = progress;
    }

    /** What a client's leases have in common, and whom they tell when they end. */
    record Terms(
            Duration silence, @Nullable Deadline total, Failures failures, Exchanger exchanger, Consumer<Lease> onClose) {
        Lease lease(Route route, Priority priority, Permit permit, Held held, Progress progress) {
            return new Lease(this, route, priority, permit, held, progress);
        }
    }

    /**
     * Bytes from the peer; -1 once it has closed its side. Each read waits at most {@link ClientOptions#silence()}.
     *
     * <p>Reading throws {@link DeadlineExceededException}, {@link ConnectionLostException} or {@link CancelledException}, not an
     * IOException; closing the stream does nothing.
     */
    public InputStream input() {
        return input;
    }

    /**
     * Bytes to the peer, unbuffered: wrap it in a BufferedOutputStream for small writes. Each write waits at most
     * {@link ClientOptions#silence()}; it throws as {@link #input()} does.
     */
    public OutputStream output() {
        return output;
    }

    /**
     * The conversation has come to a clean end: the connection may serve somebody else once the lease is closed. It is not kept
     * all the same if a read or write failed, or if the peer has sent more than was read.
     */
    public void keep() {
        keep = true;
    }

    /** Where the connection leads. */
    public Endpoint endpoint() {
        return route.endpoint();
    }

    /** The address it was opened to, as in {@code 127.0.0.1:7}. */
    public String address() {
        return transport.address();
    }

    /** Gives connection and permit back. Idempotent, safe from any thread. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (permit;
                held) {
            // While another thread is in a read, asking the channel anything would wait for that read.
            if (keep && !busy && failure == null && transport.isQuiet()) {
                held.keep();
            }
        } finally {
            terms.onClose().accept(this);
            terms.exchanger().report(route, priority, progress, failure);
        }
    }

    Duration heldFor() {
        return Duration.ofNanos(System.nanoTime() - takenAt);
    }

    Throwable takenBy() {
        return takenBy;
    }

    /** True once. */
    boolean reportLeak() {
        boolean first = !leakReported;
        leakReported = true;
        return first;
    }

    private interface Step {
        int run() throws IOException;
    }

    private int io(Phase phase, Step step) {
        if (closed.get()) {
            throw new IllegalStateException("the lease of " + route.endpoint() + " is closed");
        }
        long start = System.nanoTime();
        Deadline limit = Deadline.at(start + terms.silence().toNanos());
        if (terms.total() != null) {
            limit = limit.earlier(terms.total());
        }
        progress.resume(phase, start);
        busy = true;
        try {
            transport.arm(limit);
            int n = step.run();
            transport.disarm(limit); // cut at the last moment: the next step says so
            progress.finish(System.nanoTime());
            return n;
        } catch (IOException e) {
            CallException told = terms.failures().explain(e, route.endpoint(), priority, limit, progress);
            failure = told;
            throw told;
        } finally {
            busy = false;
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            return io(Phase.READ, () -> transport.input().read(into, offset, length));
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            io(Phase.WRITE, () -> {
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
    }
}
