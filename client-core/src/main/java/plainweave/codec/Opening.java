package plainweave.codec;

import java.io.IOException;
import plainweave.call.Endpoint;

/**
 * A new connection, while {@link Codec#open} sets it up.
 *
 * <p>It is valid until {@code open} returns or throws; nothing of it may be kept. It belongs to the calling thread.
 */
public interface Opening {

    /** Where the connection leads to: the endpoint as the caller named it, not the address it was resolved to. */
    Endpoint endpoint();

    /**
     * What the peer sends. The frame bound counts from the connection's first byte; a set-up of several messages calls
     * {@link ByteReader#startFrame()} before each.
     *
     * <p>All the peer sends has to be read: a connection with bytes left over when {@code open} returns is closed,
     * because the first exchange would take them for its reply.
     */
    ByteReader in();

    /** What the peer is sent; {@link ByteWriter#flush()} it before waiting for an answer. */
    ByteWriter out();

    /**
     * Goes over to TLS, as after the answer to STARTTLS; the certificate has to be for {@link #endpoint()}'s host. From here on
     * {@link #in()} and {@link #out()} are secured, and so are the exchanges. The codec needs a {@link Codec#session()} of its own, so
     * that it is never given a plain connection that others left. A codec that has none is found out when it opens a connection, and not
     * while it is given those of others.
     *
     * @throws IOException if the peer has sent anything before the handshake, does not speak TLS, or its certificate will not do
     * @throws IllegalStateException if the connection is secured already
     * @throws UnsupportedOperationException if this is not the library's own: a test's, say, over plain streams
     */
    default void startTls() throws IOException {
        throw new UnsupportedOperationException("there is no TLS here");
    }

    /** The protocol agreed on by ALPN (RFC 7301); empty if none was, or there is no TLS. */
    default String applicationProtocol() {
        return "";
    }
}
