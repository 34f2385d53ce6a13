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
 * The reads of one stream. While its bytes come fast they are read in large pieces, beyond what is asked for, into a buffer that is lent
 * by {@link ReadAheads} for that time; {@link Pace} says when that is, and when to let bytes gather.
 *
 * <p>What must always hold: no byte that was taken from the channel is skipped or given twice, and a buffer is never given back while
 * a thread reads into it or out of it. So whoever uses the buffer takes it out of its place, and only what stands there is given back:
 * by the closer, or, if the closer came meanwhile, by who puts it there again.
 *
 * <p>Used by one thread at a time, but for {@link #close}, which any thread may call.
 */
final class ReadAhead {
    private final ReadableByteChannel channel;
    private final ReadAheads buffers;
    private final Pace pace;
    private final LongConsumer park;
    private final AtomicReference<@Nullable ByteBuffer> lent = new AtomicReference<>();
    private volatile boolean closed;
    private int unread;

    ReadAhead(ReadableByteChannel channel, ReadAheads buffers) {
        this(channel, buffers, System::nanoTime, LockSupport::parkNanos);
    }

    ReadAhead(ReadableByteChannel channel, ReadAheads buffers, LongSupplier clock, LongConsumer park) {
        this.channel = channel;
        this.buffers = buffers;
        this.pace = new Pace(clock);
        this.park = park;
    }

    /** Whether bytes were taken from the channel and not read. */
    boolean hasUnread() {
        return unread > 0;
    }

    /** Like the channel's read. */
    int read(byte[] into, int offset, int length) throws IOException {
        ByteBuffer buffer = lent.getAndSet(null);
        if (buffer == null && pace.isFast() && !closed) {
            buffer = buffers.take();
        }
        if (buffer == null) {
            if (unread > 0) {
                throw new ClosedChannelException();
            }
            int n = channel.read(ByteBuffer.wrap(into, offset, Math.min(length, Transport.SLICE)));
            pace.came(n, false);
            return n;
        }
        try {
            if (unread == 0) {
                int n = fill(buffer);
                if (n <= 0) {
                    return n;
                }
            } else if (Thread.currentThread().isInterrupted()) {
                channel.close(); // as its own read would
                throw new ClosedByInterruptException();
            }
            int n = Math.min(length, buffer.remaining());
            buffer.get(into, offset, n);
            return n;
        } finally {
            unread = buffer.remaining();
            putBack(buffer);
        }
    }

    private int fill(ByteBuffer buffer) throws IOException {
        long pause = pace.pause();
        if (pause > 0) {
            park.accept(pause);
        }
        int n;
        try {
            n = channel.read(buffer.clear());
        } finally {
            buffer.flip();
        }
        pace.came(n, pause > 0);
        return n;
    }

    private void putBack(ByteBuffer buffer) {
        if (unread == 0 && !pace.isFast()) {
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
