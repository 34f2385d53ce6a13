package plainweave.codec;

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
}
