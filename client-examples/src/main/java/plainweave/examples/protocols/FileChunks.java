package plainweave.examples.protocols;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.examples.protocols.FileReply.Chunk;
import plainweave.examples.protocols.FileReply.End;
import plainweave.examples.protocols.FileReply.Refusal;
import plainweave.examples.protocols.FileRequest.Upload;

/**
 * Files of any size in chunks, for {@code remote.stream(request)}. A request is a byte, 1 to download and 2 to upload, and a name; an upload
 * goes on with chunks, each behind its length in four bytes, and ends with a length of 0. A reply is a byte, and 1: a chunk; 2: the
 * end, with the number of bytes in eight; 3: a refusal, with the reason. Names and reasons are UTF-8 behind their length in two bytes.
 */
public final class FileChunks implements Codec<FileRequest, FileReply> {
    private static final int CHUNK = 64 * 1024;

    @Override
    public void write(FileRequest request, ByteWriter out) throws IOException {
        out.writeByte(request instanceof Upload ? 2 : 1);
        writeText(request.name(), out);
        if (request instanceof Upload upload) {
            writeChunks(upload.content(), out);
        }
    }

    private static void writeChunks(InputStream content, ByteWriter out) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int n = next(content, chunk); n >= 0; n = next(content, chunk)) {
            out.startFrame();
            out.writeInt(n);
            out.write(chunk, 0, n);
        }
        out.writeInt(0);
    }

    /** At least one byte, or -1 at the end. Some streams give none now and then, and a chunk of none would be the end of the upload. */
    private static int next(InputStream content, byte[] chunk) throws IOException {
        int n = content.read(chunk);
        if (n != 0) {
            return n;
        }
        int one = content.read(); // waits for it, so that nobody asks again and again
        chunk[0] = (byte) one;
        return one < 0 ? -1 : 1;
    }

    private static void writeText(String text, ByteWriter out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0xFFFF) {
            throw new IllegalArgumentException("a name of " + bytes.length + " bytes is over 65535");
        }
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    @Override
    public FileReply read(FileRequest request, ByteReader in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case 1 -> new Chunk(in.readBytes(in.readUnsignedInt()));
            case 2 -> new End(in.readLong());
            case 3 -> new Refusal(in.readString(in.readUnsignedShort(), StandardCharsets.UTF_8));
            default -> throw new ProtocolException("a reply begins with byte " + kind);
        };
    }

    @Override
    public boolean last(FileRequest request, FileReply reply) {
        return !(reply instanceof Chunk);
    }

    /** Who refuses an upload does not read the rest of it. */
    @Override
    public boolean reusable(FileRequest request, FileReply reply) {
        return !(request instanceof Upload && reply instanceof Refusal);
    }
}
