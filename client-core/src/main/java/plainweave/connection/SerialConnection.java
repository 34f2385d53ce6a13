package plainweave.connection;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Opening;
import plainweave.net.CutException;
import plainweave.net.Transport;

/**
 * A connection that serves one exchange at a time; the caller does its own reading and writing. Used by one thread at a time.
 *
 * <p>What must always hold: {@link #exchange} returns normally only at a clean end of frame, and {@link #reusable()} is true only
 * after that, with nothing left over and the deadline disarmed in time. Whoever holds the connection discards it otherwise.
 */
public final class SerialConnection {
    private final Transport transport;
    private final ByteReader in;
    private final ByteWriter out;
    private @Nullable Codec<?, ?> opened;
    private boolean clean = true;
    private @Nullable Scratch scratch;

    private SerialConnection(Transport transport, int maxFrame) {
        this.transport = transport;
        this.in = ByteReader.over(transport.input(), maxFrame);
        this.out = ByteWriter.over(transport.output(), maxFrame);
    }

    /**
     * Lets the codec set up a new connection.
     *
     * @param limit when that has to be over
     * @throws IOException if the transport failed, or the codec threw ({@link CodecFailure}); the caller closes the transport
     */
    @SuppressWarnings(
            "ReferenceEquality") // a codec that returns itself has no state of its own here, whatever it equals
    public static SerialConnection open(
            Transport transport, Endpoint endpoint, Codec<?, ?> codec, int maxFrame, Deadline limit, Progress progress)
            throws IOException {
        SerialConnection connection = new SerialConnection(transport, maxFrame);
        progress.enter(Phase.OPEN, System.nanoTime());
        ByteReader in = connection.in;
        ByteWriter out = connection.out;
        transport.arm(limit);
        try {
            Codec<?, ?> result = codec.open(new Setup(endpoint, in, out, transport));
            out.flush();
            if (result != codec && codec.session().equals(Codec.NONE)) {
                throw new IllegalStateException("open() of " + codec.getClass().getName()
                        + " returned another codec, so session() has to tell its connections from others");
            }
            if (transport.isSecured() && !endpoint.isTls() && codec.session().equals(Codec.NONE)) {
                throw new IllegalStateException("open() of " + codec.getClass().getName()
                        + " started TLS, so session() has to tell its connections from plain ones");
            }
            connection.opened = result == codec ? null : result;
        } catch (IOException | RuntimeException e) {
            IOException lost = in.failure() != null ? in.failure() : out.failure();
            if (lost == null && e instanceof IOException thrown && !transport.isOpen()) {
                lost = thrown; // in a TLS handshake: by the deadline, an interrupt, or the peer
            }
            throw lost != null ? lost : new CodecFailure(e);
        }
        if (in.buffered() > 0) {
            throw new CodecFailure(new IllegalStateException("the peer sent " + in.buffered()
                    + " bytes more than open() of " + codec.getClass().getName() + " read"));
        }
        transport.disarmInTime(limit);
        return connection;
    }

    /**
     * One request and its reply.
     *
     * @param reused whether the connection has served an exchange before
     * @throws StaleConnection if it was reused and dead, and the request may be sent again
     * @throws CutException if the deadline passed or the client was closed
     * @throws CodecFailure if the codec threw
     * @throws IOException if the transport failed otherwise
     */
    public <Q, R> R exchange(Codec<Q, R> codec, Q request, boolean reused, Deadline deadline, Progress progress)
            throws IOException {
        Codec<Q, R> speaking = speaking(codec);
        begin();
        progress.attempt(reused);
        progress.enter(Phase.WRITE, System.nanoTime());
        transport.arm(deadline);
        long sentBefore = transport.bytesOut();
        out.attachBuffer(in.detachBuffer()); // first one writes, then the other reads: a buffer for both
        IOException refused = write(speaking, request);
        in.attachBuffer(out.detachBuffer());
        if (transport.bytesOut() > sentBefore) {
            progress.markSent();
        }
        if (refused != null && (refused instanceof CodecFailure || !transport.isOpen())) {
            throw refused; // it was the codec, the deadline or an interrupt: the peer cannot have refused anything
        }
        progress.enter(Phase.READ, System.nanoTime());
        transport.letReplyArrive();
        R reply;
        try {
            reply = given(speaking.read(request, in));
        } catch (IOException | RuntimeException e) {
            throw readFailure(e, refused, reused && (!progress.sent() || speaking.repeatable(request)));
        }
        boolean inTime = transport.disarm(deadline);
        clean = inTime
                && refused == null
                && !in.failed()
                && nothingFollows()
                && speaking.last(request, reply)
                && speaking.reusable(request, reply);
        return reply;
    }

    /** What a codec read: nothing would look to whoever waits for it like no reply yet. */
    static <R> R given(@Nullable R reply) {
        return Objects.requireNonNull(reply, "read() returned null, where a codec returns the reply or throws");
    }

    /** Whoever is handed the connection at once makes no probe, so what the last read may have left is looked for here. */
    boolean nothingFollows() {
        boolean mayHideMore = in.moreMayWait() || transport.isSecured();
        return in.buffered() == 0 && !transport.hasUnread() && (!mayHideMore || transport.isQuiet());
    }

    /** Writes the request; what went wrong, if anything did, for the peer may have answered already. */
    <Q, R> @Nullable IOException write(Codec<Q, R> codec, Q request) {
        out.reset();
        try {
            codec.write(request, out);
            out.flush();
            return null;
        } catch (IOException | RuntimeException e) {
            IOException lost = out.failure();
            return lost != null ? lost : new CodecFailure(e);
        }
    }

    IOException readFailure(Exception thrown, @Nullable IOException refused, boolean repeatable) {
        IOException lost = in.failure();
        if (lost == null) {
            return new CodecFailure(thrown);
        }
        if (lost instanceof CutException || lost instanceof ClosedByInterruptException) {
            return lost;
        }
        boolean nothingCame = in.received() == 0;
        IOException why = refused != null && nothingCame ? refused : lost;
        return repeatable && nothingCame ? new StaleConnection(why) : why;
    }

    /** The codec that holds the state of this connection, if it has any, else this one. */
    @SuppressWarnings("unchecked") // equal routes have equal sessions, and a session belongs to one kind of codec
    <Q, R> Codec<Q, R> speaking(Codec<Q, R> codec) {
        return opened == null ? codec : (Codec<Q, R>) opened;
    }

    /** From now on in use, and whether another exchange may follow is for its user to say. */
    void begin() {
        clean = false;
        in.reset();
    }

    /** What comes in, for a holder that reads for others. */
    ByteReader in() {
        return in;
    }

    /** Whether the last exchange left it so that another may follow. */
    public boolean reusable() {
        return clean;
    }

    /** It is idle from now on: what others can use meanwhile. */
    public Scratch rest() {
        Scratch mine = scratch == null ? new Scratch() : scratch;
        scratch = null;
        mine.buffer = in.detachBuffer();
        out.detachBuffer(); // a stream's, which had to read and write at once
        mine.direct = transport.detachSmall();
        return mine;
    }

    /** It is in use again. */
    public void wake(Scratch with) {
        scratch = with;
        in.attachBuffer(with.buffer);
        transport.attachSmall(with.direct);
    }

    /** The transport, for a holder that reads and writes by itself. */
    public Transport transport() {
        return transport;
    }

    private record Setup(Endpoint endpoint, ByteReader in, ByteWriter out, Transport transport) implements Opening {
        @Override
        public void startTls() throws IOException {
            if (in.buffered() > 0) {
                throw new ProtocolException(
                        "the peer sent " + in.buffered() + " bytes of plaintext before the TLS handshake");
            }
            out.flush();
            transport.secure(endpoint);
        }

        @Override
        public String applicationProtocol() {
            return transport.applicationProtocol();
        }
    }
}
