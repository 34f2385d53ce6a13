package plainweave.examples.protocols;

import java.io.IOException;
import java.net.ProtocolException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.CorrelatedCodec;

/**
 * Frames of a length, an id and bytes: four bytes each for the first two, big endian, the length counting what follows it. The reply to a
 * frame has its id, so the server may answer in any order.
 */
public final class TaggedFrames implements CorrelatedCodec<byte[], byte[]> {
    @Override
    public void write(byte[] request, long id, ByteWriter out) throws IOException {
        out.writeInt(Integer.BYTES + request.length);
        out.writeInt((int) id);
        out.write(request);
    }

    @Override
    public Head readHead(ByteReader in) throws IOException {
        long length = in.readUnsignedInt();
        if (length < Integer.BYTES) {
            throw new ProtocolException("a frame of " + length + " bytes has no room for its id");
        }
        return new Head(in.readUnsignedInt(), length - Integer.BYTES);
    }

    @Override
    public byte[] read(byte[] request, Head head, ByteReader in) throws IOException {
        return in.readBytes(head.rest());
    }
}
