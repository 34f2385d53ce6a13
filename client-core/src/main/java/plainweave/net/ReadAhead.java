package plainweave.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reads of one stream. While its bytes come fast they are read in large pieces, beyond what is asked for: into a buffer that is lent
 * by {@link ReadAheads} for that time. Whoever reads as fast as the peer sends runs right behind it, and would find a little at a
 * time and pay a system call for each; so the next read after a small one lets bytes gather. A peer whose window is soon full stands still
 * meanwhile: where eight stretches with pauses were slower than those without, or nothing gathered in them, it does without for sixteen, then for
 * twice as many, up to 512.
 *
 * <p>What must always hold: no byte that was taken from the channel is skipped or given twice, and a buffer is never given back while
 * a thread reads into it or out of it. So whoever uses the buffer takes it out of its place, and only what stands there is given back:
 * by the closer, or, if the closer came meanwhile, by who puts it there again.
 *
 * <p>Used by one thread at a time, but for {@link #close}, which any thread may call.
 */
final class ReadAhead {
    /** What the time is taken of. */
    static final int STRETCH = 1024 * 1024;

    /** In which a stretch of a fast stream comes, 4 Gbit/s. In a slower one so few bytes gather that each wait for them is better used. */
    static final long FAST_NANOS = 2_000_000;

    /** A read that gave less lets bytes gather before the next. */
    static final int SMALL = ReadAheads.BYTES * 3 / 4;

    /** By this much of the time that a stretch took; then a sixth of a stretch is there, 170 KiB, which leaves room in the buffer. */
    static final int PART = 6;

    /** Where fewer have gathered the peer has its reasons, a small window say, and is not waited for in this stretch any more. */
    static final int WORTH_IT = 96 * 1024;

    /** Stretches one after the other that pauses did not help before they are given up for a while: the system takes some to enlarge a window. */
    private static final int PATIENCE = 8;

    /** How often the stretches without pauses are doubled at most. */
    private static final int MOST_DOUBLINGS = 6;

    private final ReadableByteChannel channel;
    private final ReadAheads buffers;
    private final LongSupplier clock;
    private final LongConsumer pause;
    private final AtomicReference<@Nullable ByteBuffer> lent = new AtomicReference<>();
    private volatile boolean closed;
    private int unread;
    private long stretchFrom;
    private int ofStretch;
    private boolean fast;
    private long gathering;
    private boolean mayPause;
    private boolean paused;
    private boolean gathered;
    private long withoutPause;
    private int stretchesWithout = 2; // the first includes the wait for the first reply
    private int inVain;
    private int doublings;
    private boolean lastWasSmall;

    ReadAhead(ReadableByteChannel channel, ReadAheads buffers) {
        this(channel, buffers, System::nanoTime, LockSupport::parkNanos);
    }

    ReadAhead(ReadableByteChannel channel, ReadAheads buffers, LongSupplier clock, LongConsumer pause) {
        this.channel = channel;
        this.buffers = buffers;
        this.clock = clock;
        this.pause = pause;
        this.stretchFrom = clock.getAsLong();
    }

    /** Whether bytes were taken from the channel and not read. */
    boolean hasUnread() {
        return unread > 0;
    }

    /** Like the channel's read. */
    int read(byte[] into, int offset, int length) throws IOException {
        ByteBuffer buffer = lent.getAndSet(null);
        if (buffer == null && fast && !closed) {
            buffer = buffers.take();
        }
        if (buffer == null) {
            if (unread > 0) {
                throw new ClosedChannelException();
            }
            return came(channel.read(ByteBuffer.wrap(into, offset, Math.min(length, Transport.SLICE))));
        }
        try {
            if (unread > 0 && Thread.currentThread().isInterrupted()) {
                channel.close(); // as its own read would
                throw new ClosedByInterruptException();
            }
            if (unread == 0) {
                int n = came(filled(buffer));
                if (n <= 0) {
                    return n;
                }
            }
            int n = Math.min(length, buffer.remaining());
            buffer.get(into, offset, n);
            return n;
        } finally {
            unread = buffer.remaining();
            putBack(buffer);
        }
    }

    private int filled(ByteBuffer buffer) throws IOException {
        boolean waited = lastWasSmall && gathering > 0;
        if (waited) {
            pause.accept(gathering);
            paused = true;
        }
        int n;
        try {
            n = channel.read(buffer.clear());
        } finally {
            buffer.flip();
        }
        lastWasSmall = n < SMALL;
        if (waited && n < WORTH_IT) {
            gathering = 0;
        } else if (waited) {
            gathered = true;
        }
        return n;
    }

    private int came(int n) {
        ofStretch += Math.max(n, 0);
        boolean whole = ofStretch >= STRETCH;
        if (whole || fast && n < WORTH_IT) {
            long now = clock.getAsLong();
            long took = (now - stretchFrom) * STRETCH / Math.max(ofStretch, STRETCH); // the last read may go beyond it
            boolean inTime = took <= FAST_NANOS;
            if (whole || !inTime) {
                fast = inTime;
                judgePauses(took);
                mayPause = inTime && stretchesWithout == 0;
                gathering = mayPause ? Math.min(took, withoutPause) / PART : 0;
                stretchFrom = now;
                ofStretch = 0;
            }
        }
        return n;
    }

    private void judgePauses(long took) {
        if (!mayPause) {
            withoutPause = took;
            stretchesWithout = Math.max(0, stretchesWithout - 1);
        } else if (!paused || gathered && took <= withoutPause + withoutPause / 8) {
            inVain = 0;
            doublings = 0;
        } else if (++inVain == PATIENCE) {
            inVain = 0;
            doublings = Math.min(doublings + 1, MOST_DOUBLINGS);
            stretchesWithout = PATIENCE << doublings;
        }
        paused = false;
        gathered = false;
    }

    private void putBack(ByteBuffer buffer) {
        if (!fast && unread == 0) {
            buffers.give(buffer);
            return;
        }
        lent.set(buffer);
        if (closed) {
            close();
        }
    }

    /** Nothing more is read, and what is left is lost. Idempotent, from any thread. */
    void close() {
        closed = true;
        ByteBuffer buffer = lent.getAndSet(null);
        if (buffer != null) {
            buffers.give(buffer);
        }
    }
}
