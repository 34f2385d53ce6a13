package plainweave.examples.protocols;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import plainweave.codec.ByteReader;

/** Reads the body of one HTTP/1 reply and hands it over chunk by chunk, as it comes. */
public final class HttpBody {
    /** A chunk larger than this is handed over in several. */
    public static final int MAX_CHUNK = 64 * 1024;

    private final ByteReader in;
    private final Consumer<byte[]> to;
    private long bytes;
    private int chunks;

    /**
     * The body of one reply, to be read.
     *
     * @param to takes each chunk as it comes; while it is busy nothing more is read
     */
    public HttpBody(ByteReader in, Consumer<byte[]> to) {
        this.in = in;
        this.to = to;
    }

    /** How many bytes were handed over so far. */
    public long bytes() {
        return bytes;
    }

    /** In how many chunks. */
    public int chunks() {
        return chunks;
    }

    /**
     * Reads it to its end.
     *
     * @param head what stood before it
     * @throws IOException if the server does not speak HTTP/1.1, or hangs up too early
     */
    public void read(HttpHead head) throws IOException {
        if (!head.hasBody()) {
            return;
        }
        if (head.chunked()) {
            readChunks();
        } else if (head.length() >= 0) {
            readBytes(head.length());
        } else {
            readToEnd();
        }
    }

    private void readChunks() throws IOException {
        for (long left = chunkSize(); left > 0; left = chunkSize()) {
            for (; left > 0; left -= Math.min(left, MAX_CHUNK)) {
                handOver(Math.min(left, MAX_CHUNK));
            }
            if (!line().isEmpty()) {
                throw new ProtocolException("a chunk of the reply is longer than it says");
            }
        }
        in.startFrame();
        while (!in.readLine(StandardCharsets.ISO_8859_1).isEmpty()) {
            // fields that follow the body: nothing here needs them
        }
    }

    private long chunkSize() throws IOException {
        String size = line().split(";", 2)[0].strip();
        if (!size.matches("\\p{XDigit}{1,15}")) {
            throw new ProtocolException("a chunk of the reply does not begin with its size");
        }
        return Long.parseLong(size, 16);
    }

    private void readBytes(long length) throws IOException {
        while (bytes < length) {
            if (in.atEnd()) {
                throw new EOFException("the server hung up after " + bytes + " of " + length + " bytes");
            }
            handOver(Math.min(length - bytes, in.buffered()));
        }
    }

    private void readToEnd() throws IOException {
        while (!in.atEnd()) {
            handOver(in.buffered());
        }
    }

    private void handOver(long length) throws IOException {
        in.startFrame();
        to.accept(in.readBytes(length));
        bytes += length;
        chunks++;
    }

    private String line() throws IOException {
        in.startFrame();
        return in.readLine(StandardCharsets.ISO_8859_1);
    }
}
