package plainweave;

import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/** Pieces with their lengths in front, both ways, the last one empty; {@code -1} instead of a length refuses. */
final class Pieces implements Codec<Iterator<byte[]>, byte[]> {
    private static final byte[] REFUSED = "refused".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    static boolean isRefusal(byte[] piece) {
        return Arrays.equals(piece, REFUSED);
    }

    @Override
    public void write(Iterator<byte[]> request, ByteWriter out) throws IOException {
        while (request.hasNext()) {
            byte[] piece = request.next();
            out.startFrame();
            out.writeInt(piece.length);
            out.write(piece);
        }
        out.writeInt(0);
    }

    @Override
    public byte[] read(Iterator<byte[]> request, ByteReader in) throws IOException {
        int length = in.readInt();
        return length == -1 ? REFUSED : in.readBytes(length);
    }

    @Override
    public boolean last(Iterator<byte[]> request, byte[] reply) {
        return reply.length == 0 || isRefusal(reply);
    }

    @Override
    public boolean reusable(Iterator<byte[]> request, byte[] reply) {
        return !isRefusal(reply);
    }
}
