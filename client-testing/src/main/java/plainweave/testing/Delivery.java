package plainweave.testing;

import java.io.InputStream;
import java.util.Objects;

/** Bytes that arrive in parts: no read returns bytes of two of them. */
final class Delivery extends InputStream {
    // Enough for any reader that means well, and soon over for one that loops.
    private static final int READS_AFTER_THE_END = 100;

    private final byte[] bytes;
    private final int end;
    private final int firstPart;
    private final int otherParts;
    private int consumed;
    private int readsAfterTheEnd;

    private Delivery(byte[] bytes, int end, int firstPart, int otherParts) {
        this.bytes = bytes;
        this.end = end;
        this.firstPart = firstPart;
        this.otherParts = otherParts;
    }

    static Delivery whole(byte[] bytes) {
        return upTo(bytes, bytes.length);
    }

    static Delivery upTo(byte[] bytes, int end) {
        return new Delivery(bytes, end, end, 1);
    }

    static Delivery byteByByte(byte[] bytes) {
        return new Delivery(bytes, bytes.length, 1, 1);
    }

    static Delivery splitAt(byte[] bytes, int at) {
        return new Delivery(bytes, bytes.length, at, bytes.length);
    }

    int consumed() {
        return consumed;
    }

    @Override
    public int available() {
        int part = consumed < firstPart ? firstPart - consumed : otherParts;
        return Math.min(part, end - consumed);
    }

    @Override
    public int read() {
        if (ended()) {
            return -1;
        }
        return bytes[consumed++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int off, int len) {
        Objects.checkFromIndexSize(off, len, into.length);
        if (len == 0) {
            return 0;
        }
        if (ended()) {
            return -1;
        }
        int count = Math.min(len, available());
        System.arraycopy(bytes, consumed, into, off, count);
        consumed += count;
        return count;
    }

    private boolean ended() {
        if (consumed < end) {
            return false;
        }
        if (++readsAfterTheEnd > READS_AFTER_THE_END) {
            throw new AssertionError("it still reads after the stream has ended");
        }
        return true;
    }
}
