package plainweave.net;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.time.Watchdog;

/**
 * One TCP connection's bytes, in and out, blocking. Every wait happens between {@link #arm} and {@link #disarm}; when the armed
 * deadline passes, the watchdog cuts the channel, which ends a read, a write and a connect alike, and the exception that comes
 * of it is replaced by a {@link CutException}.
 *
 * <p>Used by one thread at a time, but for {@link #cut}, {@link #hangUp} and {@link #close}, which any thread may call; after
 * {@link #duplex}, and during an upload, by one that reads and one that writes. An interrupt closes the channel (that is how SocketChannel is), so it costs this
 * connection and no other.
 */
public final class Transport implements Closeable {
    /** More in one system call only makes the JDK's temporary direct buffer larger. */
    static final int SLICE = 64 * 1024;

    /**
     * Requests and replies up to this size, which are most, pass through a direct buffer that the connection has while it is in use; the JDK copies
     * others through one that it first looks up, for half a microsecond more per exchange.
     */
    private static final int SMALL = 512;

    /** A stream whose peer is never slower than we are would otherwise hold its carrier to the end. */
    private static final int BYTES_BETWEEN_YIELDS = 256 * 1024;

    /** To encrypt takes longer than to copy, before the compiler has been there many times longer. */
    private static final int BYTES_BETWEEN_YIELDS_UNDER_TLS = 64 * 1024;

    /** How long TLS may take to say goodbye. */
    static final Duration GOODBYE = Duration.ofMillis(500);

    private final SocketChannel channel;
    private final SocketAddress peer;
    private final Tls tls;
    private final String address;
    private final Watchdog.Timer timer;
    private final Transports open;
    private final InputStream input = new Input(this::read);
    private final OutputStream output = new Output(this::write);
    private volatile CutException.@Nullable Reason cut;
    private long bytesIn;
    private long readAt;
    private long bytesOut;
    private boolean justWrote;
    private int sinceYield;
    private int betweenYields = BYTES_BETWEEN_YIELDS;

    /** The peer's end of stream has been read, below TLS. */
    private boolean ended;

    private @Nullable ByteBuffer small;
    private boolean duplex;
    private volatile @Nullable Upload upload;
    private volatile @Nullable ReadAhead readAhead;
    private @Nullable Secured secured;
    private long readAtMost = Long.MAX_VALUE;

    private Transport(SocketChannel channel, SocketAddress peer, Tls tls, Watchdog watchdog, Transports open) {
        this.open = open;
        this.channel = channel;
        this.peer = peer;
        this.tls = tls;
        this.address = inWords(peer);
        this.timer = watchdog.timer(() -> cut(CutException.Reason.DEADLINE), this::due);
    }

    /** One that is not connected yet. Whoever opens it closes it. */
    static Transport open(SocketAddress peer, SocketSettings settings, Tls tls, Watchdog watchdog, Transports open)
            throws IOException {
        SocketChannel channel = peer instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        try {
            settings.applyTo(channel, peer);
        } catch (Throwable t) {
            channel.close();
            throw t;
        }
        Transport transport = new Transport(channel, peer, tls, watchdog, open);
        open.add(transport);
        return transport;
    }

    /**
     * Connects.
     *
     * @throws CutException if the deadline passed first, or it was cut
     * @throws ClosedByInterruptException if the caller is or gets interrupted; its flag is set
     * @throws IOException if the peer refused or the network failed
     */
    void connect(Deadline deadline) throws IOException {
        arm(deadline);
        try {
            if (!connectAtOnce()) {
                channel.finishConnect();
            }
        } catch (IOException e) {
            throw explained(told(e));
        }
        disarm(deadline);
    }

    /** A peer on this machine has answered by the time it has been asked, so nobody needs to be woken for that. */
    private boolean connectAtOnce() throws IOException {
        if (!(peer instanceof InetSocketAddress)) {
            return channel.connect(peer); // without blocking, a full backlog would be an error (connect(2), EAGAIN)
        }
        channel.configureBlocking(false);
        boolean connected = channel.connect(peer) || channel.finishConnect();
        channel.configureBlocking(true);
        return connected;
    }

    /** Where a blocking socket would wait, a virtual thread's Unix-domain socket is sent away (connect(2), EAGAIN). */
    private IOException explained(IOException e) {
        boolean full = peer instanceof UnixDomainSocketAddress
                && e.getMessage() != null
                && e.getMessage().contains("temporarily unavailable");
        return full ? new SocketException("the server's backlog is full, it accepts too slowly", e) : e;
    }

    /** Its channel, for those who do their own reading and writing; it blocks. */
    SocketChannel channel() {
        return channel;
    }

    /** Where it leads. */
    public SocketAddress peer() {
        return peer;
    }

    /** Where it comes from; null if it is closed. */
    @Nullable
    SocketAddress local() {
        try {
            return channel.getLocalAddress();
        } catch (IOException e) {
            return null;
        }
    }

    /** An address in digits, an IPv6 one in brackets, and the port; or the path of a Unix-domain socket. */
    static String inWords(SocketAddress peer) {
        if (!(peer instanceof InetSocketAddress inet)) {
            return "unix:" + peer;
        }
        String digits = inet.getAddress().getHostAddress();
        return (digits.indexOf(':') >= 0 ? "[" + digits + "]" : digits) + ":" + inet.getPort();
    }

    /**
     * From now on all bytes go through TLS. It is armed, nothing may be read or written meanwhile, and no plaintext may be left to
     * read: what came before the handshake is not the peer's word (as in CVE-2011-0411).
     *
     * @param endpoint whose certificate it has to be
     * @throws CutException if the deadline passed first, or it was cut
     * @throws IOException if bytes of plaintext are left, the peer does not speak TLS, or its certificate does not do
     */
    public void secure(Endpoint endpoint) throws IOException {
        if (secured != null) {
            throw new IllegalStateException("the connection to " + address + " is secured by TLS already");
        }
        try {
            int came = look();
            if (came < 0) {
                throw new EOFException("the peer closed the connection before the TLS handshake");
            }
            if (came > 0) {
                throw new ProtocolException("the peer sent plaintext before the TLS handshake");
            }
        } catch (IOException e) {
            closeChannel(); // what was there is lost
            throw told(e);
        }
        SSLContext context = tls.context();
        try {
            Facade facade = new Facade(this, new Input(this::readRaw), new Output(this::writeRaw));
            secured = Secured.over(facade, address, tls, context, endpoint);
            betweenYields = BYTES_BETWEEN_YIELDS_UNDER_TLS;
        } catch (IOException e) {
            throw Tls.explained(told(e));
        } catch (RuntimeException e) {
            closeChannel(); // somewhere in a handshake is nowhere to go on from
            throw new SSLException("the handshake failed, " + e, e); // a trust or key manager of the user's own, say
        } catch (Error e) {
            closeChannel(); // or what comes next would be sent in plain
            throw e;
        }
    }

    /** Whether it is secured by a context that is not the one for new connections any more. */
    public boolean isOutdated() {
        Secured by = secured;
        return by != null && !tls.isLatest(by.context());
    }

    /** Whether it is. TLS reads record by record, so others may have come that a read did not see. */
    public boolean isSecured() {
        return secured != null;
    }

    /** Whether bytes were taken from the channel, and decrypted if need be, that nobody has read. */
    public boolean hasUnread() {
        Secured by = secured;
        ReadAhead stream = readAhead;
        return by != null && by.hasUnread() || stream != null && stream.hasUnread();
    }

    /** What was agreed on by ALPN; empty if nothing was. */
    public String applicationProtocol() {
        Secured by = secured;
        return by == null ? "" : by.applicationProtocol();
    }

    /**
     * From now on one thread reads while another writes. Nothing is armed any more: who waits for bytes that never come is ended by
     * {@link #cut}.
     */
    public void duplex() {
        duplex = true;
        small = null;
    }

    /**
     * From now on another thread writes the request while this one reads the replies, ahead of who wants them if they come fast. Only reads
     * are armed; what is armed holds off while bytes of the request go out.
     *
     * @param silence how long the peer may take no byte of it while a reply is waited for
     * @param total what is armed holds off no longer than that; null if that does not matter
     */
    public void startStream(Duration silence, @Nullable Deadline total) {
        upload = new Upload(silence, total);
        readAhead = new ReadAhead(channel, open.readAheads());
        small = null;
    }

    /** The other thread writes no more. Only by that thread. */
    public void endUpload() {
        Upload by = upload;
        if (by != null) {
            by.finish();
        }
    }

    /** Whether the system has taken a byte since the last upload began, or just may have. */
    public boolean uploaded() {
        Upload by = upload;
        return by != null && by.hasMoved();
    }

    private boolean isUploading() {
        Upload by = upload;
        return by != null && !by.isOver();
    }

    private long due(long deadline) {
        Upload by = upload;
        return by == null ? deadline : by.due(deadline);
    }

    /** Whether a wait for a reply was longer than its deadline, because of an upload. */
    public boolean heldOff() {
        Upload by = upload;
        return by != null && by.hasHeldOff();
    }

    /** The last reply has been read, and one thread has the transport to itself again. */
    public void endStream() {
        upload = null;
        dropReadAhead();
        readAhead = null;
    }

    private void dropReadAhead() {
        ReadAhead stream = readAhead;
        if (stream != null) {
            stream.close();
        }
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

    /** When the last bytes came, on the scale of {@link System#nanoTime()}, since it is {@link #duplex}. Only for the thread that reads. */
    public long readAt() {
        return readAt;
    }

    /** Bytes given to readers so far; what was read ahead is not counted until then. */
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
     * non-blocking read of one byte from below TLS, about a microsecond. Session tickets, which TLS 1.3 sends unasked after its
     * handshake, are allowed until the first reply has been read; till then the read goes through TLS, which takes them out.
     */
    public boolean isQuiet() {
        try {
            return look() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * 0 if nothing has come, below if the end has, above if anything else. What came is lost, and where this throws the channel stays
     * non-blocking: either way the connection is done for.
     */
    private int look() throws IOException {
        if (hasUnread()) {
            return 1;
        }
        Secured by = secured;
        channel.configureBlocking(false);
        ByteBuffer one = small == null ? ByteBuffer.allocate(1) : small.clear().limit(1);
        int came = by != null && by.mayHaveTickets() ? by.lookPastTickets(this) : channel.read(one);
        channel.configureBlocking(true);
        return came;
    }

    /** For a probe: to take in so many bytes more is to be an error. */
    void readAtMost(long more) {
        readAtMost = bytesIn + more;
    }

    /** The probe is over. */
    void readAnyNumber() {
        readAtMost = Long.MAX_VALUE;
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

    /** Ends it from any thread, whoever reads or writes; the peer sees the end of the stream, and under TLS no goodbye before it. */
    public void hangUp() {
        closeChannel();
    }

    /** Ends it in good order; under TLS the peer is told, if it still takes anything. */
    @Override
    public void close() {
        if (secured != null && cut == null && isOpen()) {
            Deadline moment = Deadline.after(GOODBYE);
            if (timer.arm(moment.nanoTime())) {
                try {
                    channel.configureBlocking(false);
                    secured.close();
                } catch (IOException e) {
                    // it was only a courtesy
                }
            }
        }
        open.remove(this);
        timer.close();
        closeChannel();
    }

    /** For TLS, which closes what is below it. */
    void closeRaw() {
        closeChannel();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // nobody could do anything about it
        }
        dropReadAhead();
    }

    /** Why it really failed, where we ended it or an interrupt did. */
    IOException told(IOException e) {
        CutException.Reason reason = cut;
        if (reason != null) {
            return new CutException(reason, e);
        }
        for (Throwable below = e; below != null; below = below.getCause()) {
            if (below instanceof ClosedByInterruptException interrupted) {
                return interrupted; // TLS wraps it
            }
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
        Secured by = secured;
        if (by == null) {
            return readRaw(into, offset, length);
        }
        try {
            int n = by.read(into, offset, length);
            if (n < 0 && cut != null) {
                throw new ClosedChannelException(); // we ended it, not the peer
            }
            if (n < 0 && ended) {
                // Anybody on the way can end a connection; only the peer can say so under TLS (RFC 8446, 6.1).
                throw new SSLException("the connection ended without the goodbye of TLS: what came may be cut short");
            }
            return n;
        } catch (IOException e) {
            throw told(e);
        }
    }

    private void write(byte[] from, int offset, int length) throws IOException {
        Secured by = secured;
        if (by == null) {
            writeRaw(from, offset, length);
            return;
        }
        try {
            by.write(from, offset, length);
        } catch (IOException e) {
            throw told(e);
        }
    }

    private int readRaw(byte[] into, int offset, int length) throws IOException {
        yieldIf(justWrote || duplex || sinceYield >= betweenYields);
        try {
            int n = take(into, offset, length);
            ended = n < 0;
            if (n > 0) {
                bytesIn += n;
                if (duplex) {
                    readAt = System.nanoTime();
                }
                sinceYield += n;
                if (bytesIn > readAtMost) {
                    throw new ProtocolException("the peer sends on and on unasked");
                }
            } else if (n == 0) { // it does not block: this is a probe
                throw new SocketTimeoutException("nothing has come");
            }
            return n;
        } catch (IOException e) {
            throw told(e);
        }
    }

    private int take(byte[] into, int offset, int length) throws IOException {
        ReadAhead stream = readAhead;
        if (stream != null) {
            return stream.read(into, offset, length);
        }
        ByteBuffer buffer = length <= SMALL && !duplex ? small : null;
        if (buffer == null) {
            return channel.read(ByteBuffer.wrap(into, offset, Math.min(length, SLICE)));
        }
        int n = channel.read(buffer.clear().limit(length));
        buffer.flip().get(into, offset, Math.max(n, 0));
        return n;
    }

    private void writeRaw(byte[] from, int offset, int length) throws IOException {
        try {
            int end = offset + length;
            int at = offset;
            while (at < end) {
                int n = give(buffered(from, at, Math.min(end - at, SLICE)));
                if (n == 0) { // it does not block: this is a goodbye
                    throw new SocketTimeoutException("the peer takes nothing");
                }
                at += n;
                sinceYield += n;
                yieldIf(sinceYield >= betweenYields);
            }
            justWrote = true;
        } catch (IOException e) {
            throw told(e);
        }
    }

    /** An interrupt throws even where the system took bytes, so what it took is told by the buffer. */
    private int give(ByteBuffer bytes) throws IOException {
        Upload by = upload;
        int before = bytes.position();
        if (by != null) {
            by.begin();
        }
        try {
            return channel.write(bytes);
        } finally {
            int taken = bytes.position() - before;
            bytesOut += taken;
            if (by != null) {
                by.end(taken);
            }
        }
    }

    /** Its direct buffer, if it has one, for another while it is idle. */
    public @Nullable ByteBuffer detachSmall() {
        ByteBuffer detached = small;
        small = null;
        return detached;
    }

    /** Takes over the direct buffer of another. */
    public void attachSmall(@Nullable ByteBuffer detached) {
        small = detached;
    }

    /** A connection for one exchange is not worth a direct buffer, which only the garbage collector frees. */
    private ByteBuffer buffered(byte[] from, int offset, int length) {
        if (length > SMALL || bytesOut == 0 || duplex || isUploading()) {
            return ByteBuffer.wrap(from, offset, length);
        }
        ByteBuffer buffer = small;
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(SMALL);
            small = buffer;
        }
        return buffer.clear().put(from, offset, length).flip();
    }

    private interface Read {
        int read(byte[] into, int offset, int length) throws IOException;
    }

    private interface Write {
        void write(byte[] from, int offset, int length) throws IOException;
    }

    private static final class Input extends InputStream {
        private final Read read;

        Input(Read read) {
            this.read = read;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return length == 0 ? 0 : read.read(into, offset, length);
        }
    }

    private static final class Output extends OutputStream {
        private final Write write;

        Output(Write write) {
            this.write = write;
        }

        @Override
        public void write(int b) throws IOException {
            write.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            write.write(from, offset, length);
        }
    }
}
