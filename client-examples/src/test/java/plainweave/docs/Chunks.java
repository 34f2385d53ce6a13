package plainweave.docs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

// region codec
/** A file by its name: chunks, each behind its length in four bytes, and one of no bytes at the end. */
final class Chunks implements Codec<Chunks.Get, Chunks.Chunk> {
    record Get(String name) {}

    record Chunk(byte[] bytes) {}

    @Override
    public void write(Get request, ByteWriter out) throws IOException {
        out.writeString(request.name() + "\n", StandardCharsets.UTF_8);
    }

    @Override
    public Chunk read(Get request, ByteReader in) throws IOException {
        return new Chunk(in.readBytes(in.readUnsignedInt())); // one frame, at most maxFrame bytes
    }

    @Override
    public boolean last(Get request, Chunk reply) {
        return reply.bytes().length == 0;
    }
}
// endregion
