package plainweave.codec;

import java.io.IOException;
import java.net.ProtocolException;

/**
 * A protocol whose requests and replies carry an id, so that the peer may answer in any order. Where the client's options say so, many
 * callers share a connection; elsewhere each exchange has one to itself, and the id 0.
 *
 * <p>{@snippet :
 * final class Tagged implements CorrelatedCodec<byte[], byte[]> {
 *     public void write(byte[] request, long id, ByteWriter out) throws IOException {
 *         out.writeInt(request.length);
 *         out.writeInt((int) id);
 *         out.write(request);
 *     }
 *
 *     public Head readHead(ByteReader in) throws IOException {
 *         long length = in.readUnsignedInt();
 *         return new Head(in.readUnsignedInt(), length);
 *     }
 *
 *     public byte[] read(byte[] request, Head head, ByteReader in) throws IOException {
 *         return in.readBytes(head.rest());
 *     }
 * }
 * }
 *
 * @param <Q> the request
 * @param <R> the reply
 */
public interface CorrelatedCodec<Q, R> extends Codec<Q, R> {

    /**
     * The beginning of a reply.
     *
     * @param id whose reply it is
     * @param rest what else the beginning tells that {@link #read} has to know, as a rule how many bytes follow
     */
    record Head(long id, long rest) {}

    /**
     * Writes one request.
     *
     * @param request the request
     * @param id 0 to {@link #maxId()}; no other request in flight on this connection has it
     * @param out where to; its frame is the request
     * @throws IOException a failure of {@code out}, passed on
     */
    void write(Q request, long id, ByteWriter out) throws IOException;

    /**
     * Reads a reply as far as its id, which tells to which request the rest belongs.
     *
     * @param in where from; its frame is this reply
     * @throws IOException a failure of {@code in}, passed on; a {@link ProtocolException} where what came is not the protocol
     */
    Head readHead(ByteReader in) throws IOException;

    /**
     * Reads the rest of the reply and not a byte more.
     *
     * @param request the request this is the reply to
     * @param head its beginning
     * @param in where from; the frame goes on
     * @throws IOException a failure of {@code in}, passed on; a {@link ProtocolException} where what came is not the protocol
     */
    R read(Q request, Head head, ByteReader in) throws IOException;

    /** The largest id there is room for; ids begin with 0, so it is at least {@code pipelineDepth} - 1. 2^31-1 by default. */
    default long maxId() {
        return Integer.MAX_VALUE;
    }

    /** With the id 0. */
    @Override
    default void write(Q request, ByteWriter out) throws IOException {
        write(request, 0, out);
    }

    /** Of the id 0. */
    @Override
    default R read(Q request, ByteReader in) throws IOException {
        Head head = readHead(in);
        if (head.id() != 0) {
            throw new ProtocolException("a reply to request " + head.id() + " came, where request 0 alone was sent");
        }
        return read(request, head, in);
    }
}
