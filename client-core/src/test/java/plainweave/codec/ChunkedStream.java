package plainweave.codec;

import java.io.InputStream;
import java.util.function.IntSupplier;

/** A peer that sent everything already, of which each read delivers as much as it is told to. */
final class ChunkedStream extends InputStream {

    private final byte[] bytes;
    private final IntSupplier chunks;
    private int position;

    /** How often the stream was read. */
    int reads;

    /** The most that was asked for in one read. */
    int largestAsked;

    private ChunkedStream(byte[] bytes, IntSupplier chunks) {
        this.bytes = bytes;
        this.chunks = chunks;
    }

    static ChunkedStream whole(byte[] bytes) {
        return new ChunkedStream(bytes, () -> Integer.MAX_VALUE);
    }

    static ChunkedStream byteByByte(byte[] bytes) {
        return new ChunkedStream(bytes, () -> 1);
    }

    static ChunkedStream inChunks(byte[] bytes, IntSupplier chunks) {
        return new ChunkedStream(bytes, chunks);
    }

    /** The first read delivers no byte at or after the index. */
    static ChunkedStream splitAt(byte[] bytes, int index) {
        boolean[] split = new boolean[1];
        return new ChunkedStream(bytes, () -> {
            boolean first = !split[0] && index > 0;
            split[0] = true;
            return first ? index : Integer.MAX_VALUE;
        });
    }

    @Override
    public int read() {
        throw new UnsupportedOperationException("one byte at a time is too slow");
    }

    @Override
    public int read(byte[] into, int off, int len) {
        reads++;
        largestAsked = Math.max(largestAsked, len);
        if (position == bytes.length) {
            return -1;
        }
        int n = Math.min(Math.min(len, bytes.length - position), chunks.getAsInt());
        System.arraycopy(bytes, position, into, off, n);
        position += n;
        return n;
    }
}
