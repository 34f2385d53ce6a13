package plainweave.codec;

import java.io.IOException;

/**
 * A protocol in one class: how a request becomes bytes and how bytes become its reply, in plain blocking code.
 *
 * {@snippet :
 * final class Upper implements Codec<String, String> {
 *     public void write(String request, ByteWriter out) throws IOException {
 *         byte[] text = request.getBytes(StandardCharsets.UTF_8);
 *         out.writeShort(text.length);
 *         out.write(text);
 *     }
 *
 *     public String read(String request, ByteReader in) throws IOException {
 *         return in.readString(in.readUnsignedShort(), StandardCharsets.UTF_8);
 *     }
 * }
 * }
 *
 * <h2>Threads</h2>
 *
 * <p>One instance serves all connections and all callers at the same time, so it holds no state of an exchange or of a
 * connection: only what is immutable or thread-safe. A protocol whose connections have a state (a sequence number, an
 * agreed version, a key) overrides {@link #open} and returns a new codec that holds it: that one serves a single
 * connection. The reader and the writer passed in belong to the call and are not kept.
 *
 * <h2>Failures</h2>
 *
 * <p>A failure of the transport is remembered by the {@link ByteReader} or {@link ByteWriter} it happened in, and is
 * reported as what it is however the codec passes it on. Anything else a codec throws means that peer and codec do not
 * understand each other, and is reported as a codec failure. After either the connection is closed: nobody
 * searches for the next frame in the rest of a broken one. An error <em>reply</em> is not an exception: return it as a
 * value, and the connection lives on.
 *
 * <h2>Bounds</h2>
 *
 * <p>A length that the peer claims goes to {@link ByteReader#readBytes} or {@link ByteReader#checkLength} before
 * anything is allocated by it. Reader and writer refuse what is over the frame bound ({@code maxFrame}).
 *
 * <h2>Sessions</h2>
 *
 * <p>Connections are kept and given to whoever asks for the same endpoint and an equal {@link #session()}. So a codec
 * that overrides {@link #open} in a way that makes the connection different afterwards (logged in, a database selected,
 * a protocol version agreed) overrides {@link #session()} too. If it does not, one user's request may run on the
 * connection of another.
 *
 * @param <Q> the request
 * @param <R> the reply, or one of the replies of a stream; neither is ever null
 */
public interface Codec<Q, R> {

    /** The session of a codec that leaves its connections as they are: all of them are alike. */
    Object NONE = NoSession.NONE;

    /**
     * Writes one request. It need not flush: that is done when this returns. It may, to let the peer begin early.
     *
     * <p>A request that the protocol cannot carry is best refused before the first byte is written, with an
     * {@link IllegalArgumentException} that tells positions and sizes but never the content: messages are logged.
     *
     * <p>It may be called again for the same request, for another connection, where nothing of it was sent on the first. So a request
     * that can be pulled through once only, an {@link java.io.InputStream} say, is one to {@code stream}: there a request that is not
     * {@link #repeatable} is written once.
     *
     * @param request the request
     * @param out where to; its frame is the request
     * @throws IOException a failure of {@code out}, passed on
     */
    void write(Q request, ByteWriter out) throws IOException;

    /**
     * Reads one reply and not a byte more. It blocks; the caller's deadline ends it by closing the connection under it.
     *
     * <p>For a stream of replies it is called again until {@link #last} says so. Each reply is a frame of its own.
     *
     * @param request the request this is the reply to: some protocols tell only by it how the reply has to be read
     * @param in where from; its frame is this reply
     * @return the reply, never null
     * @throws IOException a failure of {@code in}, passed on; a {@link java.net.ProtocolException} where what
     *     came is not the protocol
     */
    R read(Q request, ByteReader in) throws IOException;

    /**
     * Whether this reply is the last one to the request. Asked after each {@link #read}.
     *
     * @param request the request
     * @param reply the reply just read
     * @return true, unless the protocol streams its replies and more will follow
     */
    default boolean last(Q request, R reply) {
        return true;
    }

    /**
     * Whether the connection may serve another exchange after this reply, the last one. False is no failure: the reply
     * is returned, and the connection closed ("Connection: close" of HTTP, RFC 9112 section 9.6, is such a reply).
     *
     * @param request the request
     * @param reply the reply just read
     * @return true, unless the reply says that the peer will close or leaves the connection in doubt
     */
    default boolean reusable(Q request, R reply) {
        return true;
    }

    /**
     * Whether the request may reach the peer twice without harm. Only then is it sent again on a new connection when a
     * kept one turns out to be dead before any byte of the reply came: the peer may have acted on it nevertheless.
     *
     * @param request the request
     * @return false, unless the request is idempotent (RFC 9110 section 9.2.2 tells what that means)
     */
    default boolean repeatable(Q request) {
        return false;
    }

    /**
     * Whether a second request may be written before the reply to the first has been read, the peer answering in order. Only then do
     * callers share connections, where the client's options say so, and {@link #write} and {@link #read} run on different threads.
     *
     * @return false, unless the protocol allows for it
     */
    default boolean pipelines() {
        return false;
    }

    /**
     * Sets up a new connection before its first exchange: reads a banner, logs in, selects a database. Called once for
     * each connection, inside the limit for connecting. A codec that overrides it reads "Sessions" above.
     *
     * @param on the new connection
     * @return the codec that serves this connection: this one, or one that holds the connection's state
     * @throws IOException a failure of the connection, passed on, or the peer's refusal; the connection is closed
     */
    default Codec<Q, R> open(Opening on) throws IOException {
        return this;
    }

    /**
     * What {@link #open} makes of a connection, as a value: connections are shared only where it is equal. It covers
     * all that makes a connection different afterwards, the credentials first of all: a user and a password that differ
     * are two sessions.
     *
     * <p>It has {@code equals} and {@code hashCode} by value (a record does), does not change, and its hash is cheap:
     * each exchange looks connections up by it. Its {@code toString} is never printed by the library, because it may
     * hold credentials.
     *
     * @return {@link #NONE} for a codec that does not override {@link #open}
     */
    default Object session() {
        return NONE;
    }
}
