package plainweave.connection;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.codec.ByteReader;
import plainweave.codec.Codec;
import plainweave.net.Transport;

/**
 * One request and its replies, one after the other, on a connection of their own. A thread beside writes the request, however long it is,
 * so that a peer which answers meanwhile finds somebody who reads; whoever wants the replies reads them, and as fast as it likes. All
 * methods but {@link #stop} are for one thread at a time.
 *
 * <p>What must always hold: the connection may serve another exchange only if the last reply was read, the whole request had been
 * written, and nothing followed. Where the write fails, what the peer has sent is read before anybody is told: it may be a refusal.
 */
public final class StreamedExchange<Q, R> {
    /** For the end of a request whose last reply has come: its writer is all but done, or the peer does not want the rest. */
    private static final Duration LOOSE_END = Duration.ofMillis(50);

    private final SerialConnection connection;
    private final Transport transport;
    private final ByteReader in;
    private final Codec<Q, R> codec;
    private final Q request;
    private final boolean reused;
    private final CountDownLatch written = new CountDownLatch(1);
    private final Thread writer;
    private volatile @Nullable IOException refused;
    private boolean over;
    private boolean reusable;

    private StreamedExchange(SerialConnection connection, Codec<Q, R> codec, Q request, boolean reused) {
        this.connection = connection;
        this.transport = connection.transport();
        this.in = connection.in();
        this.codec = connection.speaking(codec);
        this.request = request;
        this.reused = reused;
        this.writer = Thread.ofVirtual().name("plainweave-request").unstarted(this::write);
    }

    /**
     * Begins to send.
     *
     * @param reused whether the connection has served an exchange before
     * @param silence how long the peer may take no byte of the request while a reply is waited for
     * @param total when all has to be over; null if it may last
     */
    public static <Q, R> StreamedExchange<Q, R> start(
            SerialConnection connection,
            Codec<Q, R> codec,
            Q request,
            boolean reused,
            Duration silence,
            @Nullable Deadline total) {
        StreamedExchange<Q, R> exchange = new StreamedExchange<>(connection, codec, request, reused);
        connection.begin();
        exchange.transport.startStream(silence, total);
        exchange.writer.start();
        return exchange;
    }

    private void write() {
        try {
            IOException failure = connection.write(codec, request);
            refused = failure;
            if (failure instanceof CodecFailure) {
                transport.hangUp(); // the peer waits for the rest, and whoever reads for the peer
            }
        } catch (Throwable t) {
            refused = new CodecFailure(t);
            transport.hangUp();
        } finally {
            transport.endUpload();
            written.countDown();
        }
    }

    /**
     * The next reply. It is armed.
     *
     * @throws StaleConnection if the connection was dead before, and the request may be sent again
     * @throws CodecFailure if the codec threw, be it in writing or in reading
     * @throws IOException if the transport failed
     */
    public R next() throws IOException {
        in.startFrame();
        R reply;
        try {
            reply = SerialConnection.given(codec.read(request, in));
            over = codec.last(request, reply);
            reusable = over && codec.reusable(request, reply);
        } catch (IOException | RuntimeException e) {
            throw failure(e);
        }
        return reply;
    }

    private IOException failure(Exception thrown) {
        IOException unwritten = refused;
        if (unwritten instanceof CodecFailure) {
            return unwritten;
        }
        boolean dead = reused && in.failure() != null && in.received() == 0;
        boolean mayBeRepeated =
                dead && settles() && codec.repeatable(request); // it may be half pulled, though not sent
        return connection.readFailure(thrown, unwritten, mayBeRepeated);
    }

    /** Whether nothing more of the request is written, now or very soon. */
    private boolean settles() {
        try {
            return written.await(LOOSE_END.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether the last reply has been read. */
    public boolean isOver() {
        return over;
    }

    /** Whether the whole request has been written. */
    public boolean isWritten() {
        return written.getCount() == 0 && refused == null;
    }

    /** After the last reply, no longer armed: whether the connection may serve another exchange. */
    public boolean endsCleanly() {
        return reusable && settles() && refused == null && !in.failed() && connection.nothingFollows();
    }

    /** Nobody wants more of it; from any thread. The transport is closed by whoever owns it. */
    public void stop() {
        if (written.getCount() > 0) {
            writer.interrupt(); // it may wait for what it is to send
        }
    }
}
