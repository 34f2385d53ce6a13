package plainweave.net;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.time.Watchdog;

/**
 * One TCP connection's bytes, in and out, blocking. Every wait happens between {@link #arm} and {@link #disarm}; when the armed
 * deadline passes, the watchdog cuts the channel, which ends a read, a write and a connect alike, and the exception that comes
 * of it is replaced by a {@link CutException}.
 *
 * <p>Used by one thread at a time, but for {@link #cut} and {@link #close}, which any thread may call. An interrupt closes the
 * channel (that is how SocketChannel is), so it costs this connection and no other.
 */
public final class Transport implements Closeable {
    /** More in one system call only makes the JDK's temporary direct buffer larger. */
    private static final int SLICE = 64 * 1024;

    /**
     * Requests and replies up to this size, which are most, pass through a direct buffer of the transport's own; the JDK copies
     * others through one that it first looks up, for half a microsecond more per exchange.
     */
    private static final int SMALL = 512;

    /** A stream whose peer is never slower than we are would otherwise hold its carrier to the end. */
    private static final int BYTES_BETWEEN_YIELDS = 256 * 1024;

    private final SocketChannel channel;
    private final String address;
    private final Watchdog.Timer timer;
    private final Set<Transport> open;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();
    private volatile CutException.@Nullable Reason cut;
    private long bytesIn;
    private long bytesOut;
    private boolean justWrote;
    private int sinceYield;
    private @Nullable ByteBuffer small;

    private Transport(SocketChannel channel, InetSocketAddress address, Watchdog watchdog, Set<Transport> open) {
        this.open = open;
        this.channel = channel;
        this.address = inWords(address);
        this.timer = watchdog.timer(() -> cut(CutException.Reason.DEADLINE));
    }

    /**
     * Connects.
     *
     * @throws CutException if the deadline passed first
     * @throws ClosedByInterruptException if the caller is or gets interrupted; its flag is set
     * @throws IOException if the peer refused or the network failed
     */
    static Transport connect(InetSocketAddress address, Deadline deadline, Watchdog watchdog, Transports open)
            throws IOException {
        Transport transport = new Transport(SocketChannel.open(), address, watchdog, open.all());
        try {
            open.add(transport);
            transport.arm(deadline);
            try {
                transport.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                transport.channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                transport.channel.connect(address);
            } catch (IOException e) {
                throw transport.told(e);
            }
            transport.disarm(deadline);
            return transport;
        } catch (Throwable t) {
            transport.cut(CutException.Reason.DEADLINE);
            transport.close();
            throw t;
        }
    }

    /** An address in digits, an IPv6 one in brackets, and the port. */
    static String inWords(InetSocketAddress address) {
        String digits = address.getAddress().getHostAddress();
        return (digits.indexOf(':') >= 0 ? "[" + digits + "]" : digits) + ":" + address.getPort();
    }

    /**
     * From now on every wait ends at the deadline.
     *
     * @throws CutException if it was cut meanwhile
     * @throws IllegalStateException if another thread is in a wait of its own
     */
    public void arm(Deadline deadline) throws IOException {
        if (!timer.arm(deadline.nanoTime())) {
            if (cut == null && !timer.fired()) {
                throw new IllegalStateException("another thread is reading or writing on " + address);
            }
            throw told(new ClosedChannelException());
        }
    }

    /** Waits no longer end at this deadline; false if it was cut before that. */
    public boolean disarm(Deadline deadline) {
        return timer.disarm(deadline.nanoTime()) && cut == null;
    }

    /**
     * Waits no longer end at this deadline.
     *
     * @throws CutException if it was cut before that
     */
    public void disarmInTime(Deadline deadline) throws IOException {
        if (!disarm(deadline)) {
            throw told(new ClosedChannelException());
        }
    }

    /** Bytes in; each read is bounded by the armed deadline. */
    public InputStream input() {
        return input;
    }

    /** Bytes out, unbuffered; each write is bounded by the armed deadline. */
    public OutputStream output() {
        return output;
    }

    /** Bytes read so far. */
    public long bytesIn() {
        return bytesIn;
    }

    /** Bytes the system took so far. */
    public long bytesOut() {
        return bytesOut;
    }

    /** Whether this side has not ended it; says nothing about the peer. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** The address it was opened to, as in {@code 127.0.0.1:7}. */
    public String address() {
        return address;
    }

    /**
     * Whether it may serve another exchange: still open on both sides, and nothing has come that nobody asked for. A
     * non-blocking read of one byte, about a microsecond.
     */
    public boolean isQuiet() {
        try {
            channel.configureBlocking(false);
            try {
                return channel.read(ByteBuffer.allocate(1)) == 0;
            } finally {
                channel.configureBlocking(true);
            }
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends it at once, from any thread: the peer gets a reset and the kernel frees its buffers; waits end by CutException. */
    public void cut(CutException.Reason reason) {
        if (cut == null) {
            cut = reason;
        }
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // closed already
        }
        closeChannel();
        if (reason == CutException.Reason.CLIENT_CLOSED) {
            timer.close(); // nobody may ever come to close a forgotten lease
        }
    }

    /** Ends it in good order. */
    @Override
    public void close() {
        open.remove(this);
        timer.close();
        closeChannel();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // nobody could do anything about it
        }
    }

    private IOException told(IOException e) {
        CutException.Reason reason = cut;
        if (reason != null) {
            return new CutException(reason, e);
        }
        return timer.fired() ? new CutException(CutException.Reason.DEADLINE, e) : e;
    }

    /**
     * Yields if something was just written, so that the reply arrives first: the read then finds it and never asks the poller. The
     * first read does so by itself; called before, there is less of a stack to put aside.
     */
    public void letReplyArrive() {
        yieldIf(justWrote);
    }

    private void yieldIf(boolean due) {
        if (due && Thread.currentThread().isVirtual()) {
            Thread.yield();
            sinceYield = 0;
        }
        justWrote = false;
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        yieldIf(justWrote || sinceYield >= BYTES_BETWEEN_YIELDS);
        try {
            ByteBuffer buffer = length <= SMALL ? small : null;
            int n;
            if (buffer == null) {
                n = channel.read(ByteBuffer.wrap(into, offset, Math.min(length, SLICE)));
            } else {
                n = channel.read(buffer.clear().limit(length));
                buffer.flip().get(into, offset, Math.max(n, 0));
            }
            if (n > 0) {
                bytesIn += n;
                sinceYield += n;
            }
            return n;
        } catch (IOException e) {
            throw told(e);
        }
    }

    private void write(byte[] from, int offset, int length) throws IOException {
        try {
            int end = offset + length;
            int at = offset;
            while (at < end) {
                int n = channel.write(buffered(from, at, Math.min(end - at, SLICE)));
                at += n;
                bytesOut += n;
                sinceYield += n;
                yieldIf(sinceYield >= BYTES_BETWEEN_YIELDS);
            }
            justWrote = true;
        } catch (IOException e) {
            throw told(e);
        }
    }

    /** A connection for one exchange is not worth a direct buffer, which only the garbage collector frees. */
    private ByteBuffer buffered(byte[] from, int offset, int length) {
        if (length > SMALL || bytesOut == 0) {
            return ByteBuffer.wrap(from, offset, length);
        }
        ByteBuffer buffer = small;
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(SMALL);
            small = buffer;
        }
        return buffer.clear().put(from, offset, length).flip();
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return Transport.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return length == 0 ? 0 : Transport.this.read(into, offset, length);
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            Transport.this.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            Transport.this.write(from, offset, length);
        }
    }
}
