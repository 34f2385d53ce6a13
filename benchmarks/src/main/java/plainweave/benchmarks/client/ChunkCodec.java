package plainweave.benchmarks.client;

import java.io.IOException;
import java.net.ProtocolException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/** A request for so many chunks, answered by each of them. */
public final class ChunkCodec implements Codec<Long, byte[]> {

    @Override
    public void write(Long chunks, ByteWriter out) throws IOException {
        out.write(Chunks.request(chunks));
    }

    @Override
    public byte[] read(Long chunks, ByteReader in) throws IOException {
        int length = in.readInt();
        if (length != Chunks.BYTES) {
            throw new ProtocolException("a chunk of " + length + " bytes");
        }
        return in.readBytes(length);
    }

    @Override
    public boolean last(Long chunks, byte[] chunk) {
        return Chunks.number(chunk) == chunks - 1;
    }
}
