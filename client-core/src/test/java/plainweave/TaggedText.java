package plainweave;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.CorrelatedCodec;

/** Lines of an id, a space and a text, so that a test can say them. */
class TaggedText implements CorrelatedCodec<String, String> {
    @Override
    public void write(String request, long id, ByteWriter out) throws IOException {
        out.writeString(id + " " + request + "\n", StandardCharsets.UTF_8);
    }

    @Override
    public Head readHead(ByteReader in) throws IOException {
        return new Head(Long.parseLong(new String(in.readUntil(new byte[] {' '}), StandardCharsets.UTF_8)), 0);
    }

    @Override
    public String read(String request, Head head, ByteReader in) throws IOException {
        return in.readLine(StandardCharsets.UTF_8);
    }
}
